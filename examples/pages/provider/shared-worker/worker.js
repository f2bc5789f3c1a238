// Serves the ports that the provider's pages forward, all over one WebSocket.
const socket = new WebSocket(`${location.origin.replace("http", "ws")}/contacts/socket`);
const opened = new Promise((resolve) => { socket.onopen = resolve; });
const waiting = []; // who waits for an answer; the server answers in order

socket.onmessage = ({ data }) => waiting.shift().postMessage(`Added: ${data}`);

onconnect = ({ ports: [page] }) => {
  page.onmessage = ({ ports: [port] }) => serve(port);
};

// The port is the right to add one contact, whoever holds it.
function serve(port) {
  let used = false;
  port.onmessage = async ({ data }) => {
    if (used) {
      port.postMessage("Refused: this port was for one contact.");
      return;
    }
    used = true;
    await opened;
    waiting.push(port);
    socket.send(String(data));
  };
}
