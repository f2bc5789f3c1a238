// One measurement in Node, Deno or Bun: peer.mjs WORKLOAD MILLISECONDS. It prints one line of
// JSON and exits.
import process from "node:process";
import { performance } from "node:perf_hooks";

const isNode = typeof Deno === "undefined" && typeof Bun === "undefined";
const [workload, milliseconds] = process.argv.slice(2);
const duration = Number(milliseconds);

const cpu = () => {
  const used = process.cpuUsage(); // microseconds, all threads
  return used.user + used.system;
};
const collectGarbage = () => (typeof Bun === "undefined" ? globalThis.gc() : Bun.gc(true));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// timed runs batches, the first third of the time to warm up.
async function timed(per, batch) {
  for (const end = performance.now() + duration / 2; performance.now() < end; ) await batch();
  const cpu0 = cpu(), t0 = performance.now();
  let units = 0, elapsed;
  do {
    await batch();
    units += per;
    elapsed = performance.now() - t0;
  } while (elapsed < duration);
  return { rate: units / elapsed * 1000, cpu: (cpu() - cpu0) / units };
}

// A worker of worker.mjs; next resolves to its next message.
async function newWorker() {
  let worker;
  const url = new URL("./worker.mjs", import.meta.url);
  if (isNode) worker = new (await import("node:worker_threads")).Worker(url);
  else worker = new Worker(url, { type: "module" });
  const self = { worker, onmessage: null };
  const ready = new Promise((resolve) => { self.onmessage = resolve; });
  const listen = (data) => self.onmessage(data);
  if (isNode) worker.on("message", listen);
  else worker.onmessage = (event) => listen(event.data);
  await ready;
  return self;
}

const text = "hello";
const object = { id: 1, type: "search", data: { q: "abc", n: 42 } };
const records = Array.from({ length: 100 }, (_, i) => ({
  id: i,
  name: `user-${i}`,
  email: `user${i}@example.com`,
  active: i % 2 === 0,
  score: i * 1.5,
  tags: ["a", "b"],
}));

// Messages of one script to itself, per at a time. The receiver reads event.data: some engines
// deserialize no sooner.
const messages = (per, message) => async () => {
  const { port1, port2 } = new MessageChannel();
  let got = 0, done;
  port2.onmessage = (event) => {
    globalThis.sink = event.data;
    if (++got === per) {
      got = 0;
      done();
    }
  };
  return timed(per, () => new Promise((resolve) => {
    done = resolve;
    for (let i = 0; i < per; i++) port1.postMessage(message);
  }));
};

// Buffers that are transferred, and used again for the next batch.
async function bufferTransfer() {
  const per = 16;
  const { port1, port2 } = new MessageChannel();
  let pool = Array.from({ length: per }, () => new ArrayBuffer(1 << 20)), done;
  port2.onmessage = (event) => {
    pool.push(event.data);
    if (pool.length === per) done();
  };
  return timed(per, () => new Promise((resolve) => {
    done = resolve;
    const buffers = pool;
    pool = [];
    for (const buffer of buffers) port1.postMessage(buffer, [buffer]);
  }));
}

// Round trips to a worker, one at a time.
async function pingPong() {
  const { worker } = await newWorker();
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ command: "echo", port: port2 }, [port2]);
  let done;
  port1.onmessage = (event) => done(event.data);
  const trip = () => new Promise((resolve) => {
    done = resolve;
    port1.postMessage(text);
  });
  const times = [];
  let t = performance.now();
  const result = await timed(1, async () => {
    await trip();
    const now = performance.now();
    times.push((now - t) * 1000);
    t = now;
  });
  const sorted = times.slice(times.length / 4).sort((a, b) => a - b);
  return { ...result, p50: sorted[sorted.length >> 1], p99: sorted[Math.floor(sorted.length * 0.99)] };
}

// Messages to the script of a worker, per at a time.
const workerMessages = (per, message) => async () => {
  const { worker } = await newWorker();
  const { port1, port2 } = new MessageChannel();
  let done;
  port1.onmessage = () => done();
  worker.postMessage({ command: "count", port: port2, per }, [port2]);
  return timed(per, () => new Promise((resolve) => {
    done = resolve;
    for (let i = 0; i < per; i++) port1.postMessage(message);
  }));
};

// Round trips between two workers, measured in one of them.
async function workerPingPong() {
  const near = await newWorker(), far = await newWorker();
  const { port1, port2 } = new MessageChannel();
  far.worker.postMessage({ command: "echo", port: port2 }, [port2]);
  const cpu0 = cpu();
  const { trips, p50, p99 } = await new Promise((resolve) => {
    near.onmessage = resolve;
    near.worker.postMessage({ command: "trips", port: port1, milliseconds: duration }, [port1]);
  });
  return { cpu: (cpu() - cpu0) / trips, p50, p99 };
}

// Ports that are transferred to a worker, which answers after it got a message through the port
// and closed it.
const portTransfers = (per) => async () => {
  const peer = await newWorker();
  let got = 0, open = [], done;
  peer.onmessage = () => {
    if (++got < per) return;
    got = 0;
    for (const port of open) port.close();
    open = [];
    done();
  };
  return timed(per, () => new Promise((resolve) => {
    done = resolve;
    for (let i = 0; i < per; i++) {
      const { port1, port2 } = new MessageChannel();
      open.push(port1);
      peer.worker.postMessage({ command: "use", port: port2 }, [port2]);
      port1.postMessage(text);
    }
  }));
};

async function broadcast() {
  const receivers = 100, per = 20;
  const sender = new BroadcastChannel("bench");
  let got = 0, done;
  for (let i = 0; i < receivers; i++) {
    new BroadcastChannel("bench").onmessage = (event) => {
      globalThis.sink = event.data;
      if (++got === per * receivers) {
        got = 0;
        done();
      }
    };
  }
  await pause(50);
  return timed(per * receivers, () => new Promise((resolve) => {
    done = resolve;
    for (let i = 0; i < per; i++) sender.postMessage(text);
  }));
}

async function idleChannels() {
  const count = 50_000, keep = new Array(count).fill(null);
  collectGarbage();
  await pause(100);
  const rss0 = process.memoryUsage().rss, cpu0 = cpu();
  for (let i = 0; i < count; i++) keep[i] = new MessageChannel();
  const cpu1 = cpu();
  collectGarbage();
  await pause(200);
  const rss = (process.memoryUsage().rss - rss0) / count;
  globalThis.keep = keep;
  return { rss, cpu: (cpu1 - cpu0) / count };
}

// Channels that are made, used once and closed: nothing else gives the memory of a port
// back everywhere.
async function channelUse() {
  const per = 1000;
  let got = 0, done;
  return timed(per, () => new Promise((resolve) => {
    done = resolve;
    for (let i = 0; i < per; i++) {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = (event) => {
        globalThis.sink = event.data;
        port2.close();
        if (++got === per) {
          got = 0;
          done();
        }
      };
      port1.postMessage(text);
    }
  }));
}

async function clone() {
  const per = 1000;
  return timed(per, async () => {
    for (let i = 0; i < per; i++) globalThis.sink = structuredClone(object);
    await null;
  });
}

const workloads = {
  string: messages(1000, text),
  object: messages(1000, object),
  records: messages(100, records),
  buffer: messages(16, new ArrayBuffer(1 << 20)),
  "buffer-transfer": bufferTransfer,
  "ping-pong": pingPong,
  "worker-object": workerMessages(1000, object),
  "worker-ping-pong": workerPingPong,
  "port-transfer": portTransfers(1),
  "port-transfer-100": portTransfers(100),
  broadcast,
  "idle-channels": idleChannels,
  "channel-use": channelUse,
  clone,
};

process.stdout.write(JSON.stringify(await workloads[workload]()) + "\n", () => process.exit(0));
