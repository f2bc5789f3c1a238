// One of several processes, each in another runtime, that talk with Go programs and with each
// other, and then end by themselves. PEERS are their names, SELF is this one's.
import assert from "node:assert/strict";
import { connect, HubCloseEvent, HubErrorEvent, PortCloseEvent } from "../../dist/entangle.js";

const { PEERS, SELF, HUB, ORIGIN, SOCKETS } = process.env;
const others = PEERS.split(" ").filter((name) => name !== SELF);
const next = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

/** A port's messages, one after the other. */
function reader(port) {
  const events = [];
  let wake = () => {};
  for (const type of ["message", "messageerror", "close"]) port.addEventListener(type, (event) => wake(events.push(event)));
  port.start();
  return async () => {
    while (!events.length) await new Promise((resolve) => (wake = resolve));
    return events.shift();
  };
}

// Node 20 has no WebSocket: a package brings one.
const { WebSocket } = SOCKETS ? await import(SOCKETS) : globalThis;
const hub = connect(HUB, { name: SELF, origin: ORIGIN, WebSocket });

// Who connects here is answered until it closes its port, and that of its process, too, if its
// platform tells our client there: Node and Bun fire close at ports.
const telling = (name) => /^(Node|Bun)/.test(name);
const served = new Promise((resolve) => {
  let callers = others.length + others.filter(telling).length;
  const gone = () => --callers || resolve();
  hub.onconnect = ({ ports: [port], origin, user }) => {
    assert.deepEqual([origin, user], [ORIGIN, "dev"]);
    port.onmessage = ({ data, ports }) => {
      ports[0].postMessage(`through ${SELF}`);
      if (telling(data.from)) ports[0].onclose = gone;
      port.postMessage({ from: SELF, to: data.from, value: data.value });
    };
    port.onclose = (event) => {
      assert.ok(event instanceof PortCloseEvent && event.reason === "closed");
      gone();
    };
  };
});
await hub.ready;
assert.deepEqual([hub.state, hub.origin, hub.user], ["open", ORIGIN, "dev"]);

// A service of another origin is told who calls.
const account = reader(hub.connectTo("account", { targetOrigin: "https://service.example" }));
assert.deepEqual((await account()).data, { origin: ORIGIN, user: "dev" });
assert.equal((await account()).type, "close");

// A Go program: messages, a port of this process with its queue, one that is too large.
const clerk = hub.connectTo("clerk");
const answer = reader(clerk);
const value = new Map([["set", new Set([1n, null, undefined])], ["bytes", new Uint8Array([1, 2, 3])]]);
clerk.postMessage({ do: "echo", value });
assert.deepEqual((await answer()).data, value);
clerk.postMessage({ do: "echo", value: new Blob(["slow"]) });
assert.equal(await (await answer()).data.text(), "slow");
const { port1, port2 } = new MessageChannel();
port1.postMessage("queued");
clerk.postMessage({ do: "take" }, [port2]);
const taken = reader(port1);
assert.equal((await taken()).data, "go: queued");
port1.close();
const error = next(hub, "error");
hub.addEventListener("error", (event) => event.preventDefault());
clerk.postMessage(new Uint8Array(2 << 20));
assert.ok((await error) instanceof HubErrorEvent);
assert.equal((await answer()).data, "messageerror");

// What cannot be cloned throws here, and what is closed cannot be transferred.
assert.throws(() => clerk.postMessage(() => {}), { name: "DataCloneError" });
assert.throws(() => clerk.postMessage(0, [clerk]), { name: "DataCloneError" });
const closed = hub.connectTo("nobody");
closed.close();
assert.throws(() => clerk.postMessage(0, [closed]), { name: "DataCloneError" });

// Everybody else: a message there and back, and a port of this process.
for (const other of others) {
  const port = hub.connectTo(other);
  const read = reader(port);
  const channel = new MessageChannel();
  const through = reader(channel.port1);
  port.postMessage({ from: SELF, value: new Date(5) }, [channel.port2]);
  assert.deepEqual((await read()).data, { from: other, to: SELF, value: new Date(5) });
  assert.equal((await through()).data, `through ${other}`);
  channel.port1.close();
  port.close();
}
await served;

const end = next(hub, "close");
clerk.postMessage({ do: "echo", value: "the last" });
assert.deepEqual(await hub.close({ timeout: 20_000 }), { undelivered: 0 });
assert.ok((await end) instanceof HubCloseEvent);
assert.equal(hub.state, "closed");
