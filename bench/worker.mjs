// The other side of the measurements across threads, started by peer.mjs.
const isNode = typeof Deno === "undefined" && typeof Bun === "undefined";
const parent = isNode ? (await import("node:worker_threads")).parentPort : self;
const keep = [];

const commands = {
  // Sends everything back.
  echo(port) {
    keep.push(port);
    port.onmessage = (event) => port.postMessage(event.data);
  },
  // Waits for one message, closes the port and says so.
  use(port) {
    port.onmessage = (event) => {
      globalThis.sink = event.data;
      port.close();
      parent.postMessage("used");
    };
  },
};

parent.onmessage = (event) => {
  const { command, port } = event.data;
  commands[command](port);
};
parent.postMessage("ready");
