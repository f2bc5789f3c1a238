import { newMessagePortRpcSession, RpcTarget } from "/node_modules/capnweb/dist/index.js";

class Api extends RpcTarget {
  hello(name) { return `Hello from a ${name}`; }
}

onmessage = ({ data: port }) => { newMessagePortRpcSession(port, new Api()); };
