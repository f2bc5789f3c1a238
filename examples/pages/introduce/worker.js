// Introduces every document to the next one: each gets a port of one channel, and the
// worker keeps none.
let waiting; // the port of a document that has no partner yet
let count = 0;

onconnect = ({ ports: [port] }) => {
  const number = ++count;
  if (!waiting) {
    waiting = { port, number };
    return;
  }
  const { port1, port2 } = new MessageChannel();
  waiting.port.postMessage({ partner: `document ${number}` }, [port1]);
  port.postMessage({ partner: `document ${waiting.number}` }, [port2]);
  waiting = undefined;
};
