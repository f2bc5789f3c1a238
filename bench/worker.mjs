// The other side of the measurements across threads, started by peer.mjs, and by pages of a host.
const isNode = typeof process !== "undefined" && typeof Deno === "undefined" && typeof Bun === "undefined";
const parent = isNode ? (await import("node:worker_threads")).parentPort : self;
const keep = [];

const commands = {
  // Sends everything back.
  echo(port) {
    keep.push(port);
    port.onmessage = (event) => port.postMessage(event.data);
  },
  // Answers every so many messages.
  count(port, { per }) {
    keep.push(port);
    let got = 0;
    port.onmessage = (event) => {
      globalThis.sink = event.data;
      if (++got % per === 0) port.postMessage("counted");
    };
  },
  // Measures round trips through a port whose other end echoes, in lots, because not every clock
  // tells single ones. The first third of the time is for warming up.
  trips(port, { milliseconds }) {
    const lot = 20, times = [], begin = performance.now(), end = begin + milliseconds * 1.5;
    let left = lot, before = begin, lots = 0;
    port.onmessage = (event) => {
      globalThis.sink = event.data;
      if (--left === 0) {
        left = lot;
        lots++;
        const now = performance.now();
        if (before >= begin + milliseconds / 2) times.push((now - before) * 1000 / lot);
        before = now;
        if (now >= end && times.length > 0) {
          times.sort((a, b) => a - b);
          parent.postMessage({ trips: lots * lot, p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] });
          return;
        }
      }
      port.postMessage("hello");
    };
    port.postMessage("hello");
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
  commands[command](port, event.data);
};
parent.postMessage("ready");
