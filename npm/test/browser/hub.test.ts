import assert from "node:assert/strict";
import { name, open, server, suite, test } from "./harness.ts";

suite("the hub object", () => {
  test("connect() returns at once; state, ready and events tell the rest", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const hub = t.connect();
      const states: string[] = [hub.state];
      hub.onstatechange = () => states.push(hub.state);
      await hub.ready;
      const identity = [hub.origin, hub.user];
      const closed = t.event<CloseEvent>(hub, "close");
      await hub.close();
      const { code, wasClean } = await closed;
      return { states, identity, code, wasClean };
    });
    assert.deepEqual(got, { states: ["connecting", "open", "closed"], identity: [server, "dev"], code: 1000, wasClean: true });
    const nobody = await page.evaluate(async () => {
      const hub = t.entangle.connect("/nothing is served here");
      const port = hub.connectTo("x");
      const error = await hub.ready.catch((error) => error.name);
      return [error, hub.state, await new t.Log(port).until(1)];
    });
    assert.deepEqual(nobody, ["NetworkError", "closed", ["close"]]);
    const aborted = await page.evaluate(async () => {
      const controller = new AbortController();
      const hub = t.connect({ signal: controller.signal });
      await hub.ready;
      controller.abort();
      await t.event(hub, "close");
      return hub.state;
    });
    assert.equal(aborted, "closed");
  });

  test("SPEC 56-65 BroadcastChannel reaches the other channels of the name, here and in other sessions, and not itself", async () => {
    const id = name();
    const [first, second] = [await open(), await open()];
    for (const page of [second, first]) {
      await page.evaluate(async (id) => {
        const hub = (t.v.hub = t.connect());
        t.v.channels = [id, id, `${id} `].map((name) => new hub.BroadcastChannel(name));
        t.v.logs = t.v.channels.map((channel: BroadcastChannel) => new t.Log(channel));
        await hub.ready;
      }, id);
    }
    // A hub takes what a session says in order: who can be found has subscribed.
    await second.evaluate((id) => {
      t.v.hub.onconnect = ({ ports }: MessageEvent) => ports[0]!.postMessage("found");
      t.v.hub.name = id;
    }, id);
    const sent = await first.evaluate(async (id) => {
      const port = t.v.hub.connectTo(id);
      await new t.Log(port).until(1);
      const [one, two] = t.v.channels;
      const blob = new Blob(["slow"]);
      one.postMessage([1, blob]);
      one.postMessage({ map: new Map([[1, 2n]]) });
      two.postMessage(3);
      const values = [[1, blob], { map: new Map([[1, 2n]]) }, 3];
      return values.map((value) => `message ${t.describe(value)}`);
    }, id);
    const [one, two, three] = sent as [string, string, string];
    assert.deepEqual(await second.evaluate(() => Promise.all([0, 1].map((i) => t.v.logs[i].until(3)))), [sent, sent]);
    const here = await first.evaluate(async () => {
      await t.v.logs[0].until(1);
      await t.v.logs[1].until(2);
      return t.v.logs.map((log: { entries: string[] }) => log.entries);
    });
    assert.deepEqual(here, [[three], [one, two], []]);
    const event = await second.evaluate(() => {
      const { origin, source, ports } = t.v.logs[0].events[0];
      return [origin, source, ports.length, t.v.logs[2].entries.length];
    });
    assert.deepEqual(event, [server, null, 0, 0]);
  });

  test("SPEC 58, 61, 62 BroadcastChannel: errors, messageerror, close", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const hub = t.connect();
      hub.onerror = (event) => event.preventDefault();
      const [one, two, three] = ["x", "x", "x"].map((name) => new hub.BroadcastChannel(name)) as
        [BroadcastChannel, BroadcastChannel, BroadcastChannel];
      const names: string[] = [];
      const attempt = (f: () => void) => {
        try {
          f();
          names.push("");
        } catch (error) {
          names.push((error as Error).name);
        }
      };
      const log = new t.Log(two);
      const closed = new t.Log(three);
      attempt(() => one.postMessage(() => {}));
      attempt(() => one.postMessage(new ImageData(1, 1)));
      attempt(() => one.postMessage("then"));
      three.close(); // with messages on their way
      one.close();
      attempt(() => one.postMessage(0));
      const entries = await log.until(2);
      const { origin } = log.events[0]!;
      await hub.close();
      attempt(() => two.postMessage(0)); // it reaches nobody any more
      attempt(() => new hub.BroadcastChannel("x").postMessage(0));
      return { names, entries, origin, closed: closed.entries };
    });
    assert.deepEqual(got, {
      names: ["DataCloneError", "", "", "InvalidStateError", "InvalidStateError", "InvalidStateError"],
      entries: ["messageerror", 'message "then"'],
      origin: server,
      closed: [],
    });
  });

  test("a connection that nobody has ever listened for is closed", async () => {
    const id = name();
    const [caller, listener] = [await open(), await open()];
    await listener.evaluate((id) => t.connect({ name: id }).ready, id);
    assert.deepEqual(await caller.evaluate((id) => new t.Log(t.connect().connectTo(id)).until(1), id), ["close"]);
  });

  test("the oldest of a name is found; a name that is given back is not", async () => {
    const id = name();
    const [caller, old, young] = [await open(), await open(), await open()];
    for (const page of [old, young]) {
      await page.evaluate(async (id) => {
        const hub = (t.v.hub = t.connect({ name: id }));
        t.v.connected = new Promise((resolve) => (hub.onconnect = ({ ports }) => resolve(new t.Log(ports[0]!).until(1))));
        await hub.ready;
      }, id);
    }
    await caller.evaluate((id) => {
      t.v.hub = t.connect();
      t.v.hub.connectTo(id).postMessage("the old one");
    }, id);
    assert.deepEqual(await old.evaluate(() => t.v.connected), ['message "the old one"']);
    await old.evaluate(async () => {
      t.v.hub.name = "";
      // The hub takes what a session says in order.
      const port = t.v.hub.connectTo("nobody");
      port.close();
      await t.v.hub.close();
    });
    await caller.evaluate((id) => t.v.hub.connectTo(id).postMessage("the young one"), id);
    assert.deepEqual(await young.evaluate(() => t.v.connected), ['message "the young one"']);
  });

  test("a worker connects by itself", async () => {
    const page = await open();
    const id = name();
    const got = await page.evaluate(async (id) => {
      const script = `import { connect } from "${location.origin}/entangle.js";
        const hub = connect("${location.origin}/entangle", { name: ${JSON.stringify(id)} });
        hub.onconnect = ({ ports: [port] }) => port.onmessage = ({ data }) => port.postMessage(["worker", data]);`;
      t.v.worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { type: "module" });
      const port = t.connect().connectTo(id);
      port.postMessage(1);
      return new t.Log(port).until(1);
    }, id);
    assert.deepEqual(got, ['message Array(2)["0": "worker","1": 1]']);
  });
});
