importScripts("/node_modules/comlink/dist/umd/comlink.js");

onconnect = ({ ports: [port] }) => Comlink.expose({ twice: (n) => 2 * n }, port);
