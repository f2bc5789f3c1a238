// Runs a crew of clients of the npm package: in Node as `node crew.mjs URL`, in a page by a script
// element. The URL names the crew. It asks there for its plan, reports what happens, and is told
// what to do. What it does is what client.go does.
import { connect } from "./entangle.js";

const inPage = globalThis.document !== undefined;
const address = new URL(inPage ? location.href : process.argv[2]);
const at = (path) => new URL(`${path}?crew=${address.searchParams.get("crew")}`, address);

const remembered = 6;
const unanswered = 64;

let phase = "running";
const ends = new Set(); // that are here
const news = { messages: 0, resumes: 0, latencies: [], failures: [] }; // since the last report

const now = () => performance.timeOrigin + performance.now();
const between = (low, high) => low + Math.random() * (high - low);
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const padding = (n) => (n % 97 === 0 ? 20_000 : (n * 7919) % 256);

const fail = (text) => {
  if (phase !== "ending") news.failures.push(text);
};

const tell = (end) =>
  `end ${end.side} of channel ${end.channel}, which posted ${end.next - 1} and got ${end.expect - 1}, ` +
  `and was at ${end.trace.join(", ")}`;

class Client {
  open = false; // the hub has answered

  #plan;
  #hub;
  #carriers = [];
  #lost = false;

  constructor(plan, { hub, origin }) {
    this.#plan = plan;
    this.#hub = connect(hub, { name: plan.name, ...(inPage ? {} : { origin }) });
    this.#hub.onconnect = ({ ports: [port] }) => this.#greet(port);
    this.#hub.onerror = (event) => fail(`${plan.name}: ${event.message}`);
    this.#hub.onstatechange = () => this.#changed();
    this.#hub.ready.then(
      () => (this.open = true),
      (error) => fail(`${plan.name}: ${error}`),
    );
  }

  start() {
    for (const name of this.#plan.carriers) this.#carry(this.#connect(name, { kind: "carrier", from: this.#plan.name }));
    const { channel, to } = this.#plan;
    const port = this.#connect(to, { kind: "channel", channel });
    this.#hold({ port, channel, side: 0, next: 1, expect: 1, taken: 1, trace: [] });
  }

  close() {
    return this.#hub.close({ timeout: 5000 });
  }

  #changed() {
    const { state } = this.#hub;
    if (state === "reconnecting") this.#lost = true;
    if (state === "open" && this.#lost) {
      this.#lost = false;
      news.resumes++;
    }
    if (state === "closed") fail(`${this.#plan.name} ended`);
  }

  #connect(name, first) {
    const port = this.#hub.connectTo(name);
    port.postMessage(first);
    return port;
  }

  #greet(port) {
    port.onmessage = ({ data }) => {
      if (data.kind === "carrier") this.#carry(port);
      else this.#hold({ port, channel: data.channel, side: 1, next: 1, expect: 1, taken: 1, trace: [] });
    };
  }

  #carry(port) {
    this.#carriers.push({ port, n: 0 });
    let expect = 1;
    port.addEventListener("close", ({ lost }) => fail(`${this.#plan.name}: a carrier was ${lost ? "lost" : "closed"}`));
    port.onmessage = ({ data, ports }) => {
      if (data.kind !== "end" || data.n !== expect || ports.length !== 1) {
        fail(`${this.#plan.name}: message ${expect} of a carrier is ${JSON.stringify(data)}, with ${ports.length} ports`);
      }
      expect++;
      news.latencies.push(now() - data.at);
      const { channel, side, next, taken, trace } = data;
      this.#hold({ port: ports[0], channel, side, next, expect: data.expect, taken, trace: trace ?? [] });
    };
  }

  // Has an end until it is handed over, or everything ends.
  #hold(end) {
    end.holder = this.#plan.name;
    ends.add(end);
    end.port.addEventListener("close", ({ lost }) => {
      if (ends.delete(end)) fail(`${end.holder}: ${lost ? "lost" : "closed"}: ${tell(end)}`);
    });
    end.port.onmessageerror = () => fail(`${end.holder}: messageerror: ${tell(end)}`);
    end.port.onmessage = ({ data }) => {
      const { kind, channel, side, n, pad } = data;
      if (!ends.has(end)) fail(`${end.holder}: number ${n} came here after the handing over of ${tell(end)}`);
      if (kind !== "data" || channel !== end.channel || side === end.side || n !== end.expect || pad.length !== padding(n)) {
        fail(`${end.holder}: ${tell(end)} got number ${n} (${kind}, channel ${channel}, end ${side}, ${pad?.length} of padding)`);
      }
      end.expect++;
      end.taken = data.taken;
      news.messages++;
    };
    const leave = now() + between(50, 650);
    const step = () => {
      if (phase !== "running" || !ends.has(end)) return;
      if (now() > leave) {
        this.#handOver(end);
        return;
      }
      this.#post(end);
      setTimeout(step, between(10, 90));
    };
    step();
  }

  #post(end) {
    if (end.next - end.taken >= unanswered) return;
    const { channel, side, next, expect } = end;
    end.port.postMessage({ kind: "data", n: next, channel, side, taken: expect, pad: "x".repeat(padding(next)) });
    end.next++;
  }

  #handOver(end) {
    const { port, channel, side, next, expect, taken } = end;
    const trace = [...end.trace, `${end.holder} (${next - 1}, ${expect - 1})`].slice(-remembered);
    const carrier = pick(this.#carriers);
    carrier.n++;
    ends.delete(end);
    carrier.port.postMessage({ kind: "end", n: carrier.n, channel, side, next, expect, taken, at: now(), trace }, [port]);
  }
}

const plan = await (await fetch(at("plan"))).json();
const clients = plan.clients.map((each) => new Client(each, plan));
let started = false;

// Says what happened since the last time, and hears what to do.
const report = async () => {
  const { messages, resumes, latencies, failures } = news;
  Object.assign(news, { messages: 0, resumes: 0, latencies: [], failures: [] });
  globalThis.gc?.();
  const settled = phase === "resting" ? [...ends].map(({ port, ...rest }) => rest) : [];
  const body = JSON.stringify({
    messages,
    resumes,
    latencies,
    failures,
    settled,
    open: clients.every((client) => client.open),
    heap: inPage ? 0 : process.memoryUsage().heapUsed,
  });
  ({ phase } = await (await fetch(at("report"), { method: "POST", body })).json());
};

while (phase !== "ending") {
  await report();
  if (phase === "running" && !started) {
    started = true;
    for (const client of clients) client.start();
  }
  if (phase !== "ending") await new Promise((resolve) => setTimeout(resolve, 400));
}
await Promise.all(clients.map((client) => client.close()));
await fetch(at("done"), { method: "POST" });
