import assert from "node:assert/strict";
import { name, open, server, suite, test } from "./harness.ts";

const post = (path: string) => fetch(`${server}/${path}`, { method: "POST" });

suite("connections that are lost", () => {
  test("a hub that is started again takes the pages back: ports, messages, names, channels, requests", async () => {
    const [one, two] = [await open(), await open()];
    await two.evaluate(async () => {
      const hub = (t.v.hub = t.entangle.connect("/stopping", { name: "two" }));
      t.v.states = [];
      hub.onstatechange = () => t.v.states.push(hub.state);
      t.v.news = new t.Log(new hub.BroadcastChannel("news"));
      hub.onconnect = ({ ports: [port] }) => {
        t.v.port ??= port;
        t.v.log ??= new t.Log(port);
      };
      await hub.ready;
    });
    await one.evaluate(async () => {
      const hub = (t.v.hub = t.entangle.connect("/stopping"));
      t.v.port = hub.connectTo("two");
      t.v.log = new t.Log(t.v.port);
      t.v.port.postMessage("before");
      t.v.waiting = new t.Log(hub.connectTo("later"));
      t.v.channel = new hub.BroadcastChannel("news");
      await hub.ready;
    });
    await two.waitForFunction(() => t.v.log?.entries.length === 1);
    for (let round = 1; round <= 3; round++) {
      await post("stopping/stop");
      for (const page of [one, two]) {
        await page.waitForFunction(() => t.v.hub.state === "reconnecting");
        await page.evaluate((round) => t.v.port.postMessage(`meanwhile ${round}`), round);
      }
      await post("stopping/start");
      for (const page of [one, two]) await page.waitForFunction(() => t.v.hub.state === "open");
      await one.waitForFunction((round) => t.v.log.entries.length === round, round);
      await two.waitForFunction((round) => t.v.log.entries.length === 1 + round, round);
    }
    const meanwhile = [1, 2, 3].map((round) => `message "meanwhile ${round}"`);
    assert.deepEqual(await one.evaluate(() => t.v.log.entries), meanwhile);
    assert.deepEqual(await two.evaluate(() => t.v.log.entries), ['message "before"', ...meanwhile]);
    assert.deepEqual(await two.evaluate(() => t.v.states.slice(-2)), ["reconnecting", "open"]);
    await two.evaluate(() => (t.v.hub.name = "later"));
    await one.evaluate(() => t.v.channel.postMessage("on the air"));
    assert.deepEqual(await two.evaluate(() => t.v.news.until(1)), ['message "on the air"']);
    assert.deepEqual(await one.evaluate(() => t.v.waiting.entries), []);
    await one.evaluate(() => t.v.hub.close());
    assert.deepEqual(await two.evaluate(() => t.v.log.until(5)), ['message "before"', ...meanwhile, "close"]);
  });

  test("without a hub for too long ports are closed; the page goes on when there is one", async () => {
    const [one, two] = [await open(), await open()];
    await two.evaluate(async () => {
      const hub = (t.v.hub = t.entangle.connect("/brief", { name: "two" }));
      hub.onconnect = ({ ports: [port] }) => (t.v.log = new t.Log(port));
      await hub.ready;
    });
    await one.evaluate(() => {
      t.v.hub = t.entangle.connect("/brief");
      t.v.hub.connectTo("two").postMessage("before");
    });
    await two.waitForFunction(() => t.v.log?.entries.length === 1);
    await post("brief/stop");
    assert.deepEqual(await two.evaluate(() => t.v.log.until(2)), ['message "before"', "close"]);
    assert.equal(await two.evaluate(() => t.v.hub.state), "reconnecting");
    await two.evaluate(() => (t.v.log = undefined));
    await post("brief/start");
    for (const page of [one, two]) await page.waitForFunction(() => t.v.hub.state === "open");
    await one.evaluate(() => t.v.hub.connectTo("two").postMessage("after"));
    await two.waitForFunction(() => t.v.log?.entries[0] === 'message "after"');
  });

  test("close() without a hub: what is posted and cannot arrive is counted", async () => {
    const one = await open();
    await one.evaluate(async () => {
      t.v.hub = t.entangle.connect("/stopping");
      t.v.port = t.v.hub.connectTo("nobody");
      await t.v.hub.ready;
    });
    await post("stopping/stop");
    await one.waitForFunction(() => t.v.hub.state === "reconnecting");
    const undelivered = await one.evaluate(async () => {
      t.v.port.postMessage("to nobody");
      return [(await t.v.hub.close({ timeout: 100 })).undelivered, t.v.hub.state];
    });
    await post("stopping/start");
    assert.deepEqual(undelivered, [1, "closed"]);
  });

  test("a reload is told at once", async () => {
    const [one, two] = [await open(), await open()];
    const id = name();
    await two.evaluate(async (id) => {
      const hub = t.connect({ name: id });
      hub.onconnect = ({ ports: [port] }) => (t.v.log = new t.Log(port));
      await hub.ready;
    }, id);
    await one.evaluate((id) => {
      t.connect().connectTo(id).postMessage("before");
    }, id);
    await two.waitForFunction(() => t.v.log?.entries.length === 1);
    const began = Date.now();
    await one.reload();
    assert.deepEqual(await two.evaluate(() => t.v.log.until(2)), ['message "before"', "close"]);
    assert.ok(Date.now() - began < 30_000, "in the time of a page that is loaded, not of an absence");
  });
});
