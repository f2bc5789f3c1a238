import assert from "node:assert/strict";
import { name, open, type Page, server, suite, test } from "./harness.ts";

const post = (path: string) => fetch(`${server}/${path}`, { method: "POST" });

/**
 * A page, and in it a hub of that name: v.hub, the ports of its callers: v.ports, and their ends:
 * v.endings.
 */
async function listener(id: string, address = "/entangle"): Promise<Page> {
  const page = await open();
  await page.evaluate(
    async (id, address) => {
      await t.loadShare();
      const hub = (t.v.hub = t.entangle.connect(address, { name: id, log() {} }));
      t.v.ports = [];
      t.v.endings = [];
      hub.onconnect = ({ ports: [port] }) => {
        t.v.ports.push(port);
        void t.ending(port).then((ending) => t.v.endings.push(ending));
      };
      return hub.ready;
    },
    id,
    address,
  );
  return page;
}

/**
 * A page with a port to that one: v.port, and its end: v.ending. Shared: of a hub that shares the
 * session of another one.
 */
async function caller(id: string, { address = "/entangle", shared = false } = {}): Promise<Page> {
  const page = await open();
  await page.evaluate(
    async (id, address, shared) => {
      await t.loadShare();
      t.v.session = t.entangle.connect(address, { log() {} });
      const hub = (t.v.hub = shared ? t.entangle.connect(t.v.session.share()) : t.v.session);
      t.v.ending = t.ending((t.v.port = hub.connectTo(id)));
      await hub.ready;
    },
    id,
    address,
    shared,
  );
  return page;
}

for (const shared of [false, true]) {
  suite(`why a port ended, ${shared ? "in a realm that shares a session" : "where the session is"}`, () => {
    const ending = (page: Page): Promise<[string, string]> => page.evaluate(() => t.v.ending);

    test("closed: the other side closed it, or a signal was aborted", async () => {
      const id = name();
      const [one, two] = [await caller(id, { shared }), await listener(id)];
      await two.waitForFunction(() => t.v.ports.length === 1);
      await two.evaluate(() => t.v.ports[0].close());
      assert.deepEqual(await ending(one), ["closed", ""]);
      const aborted = await one.evaluate((id) => {
        const controller = new AbortController();
        const ending = t.ending(t.v.hub.connectTo(id, { signal: controller.signal }));
        controller.abort(new RangeError("not wanted any more"));
        return ending;
      }, id);
      assert.deepEqual(aborted, ["closed", "RangeError: not wanted any more"]);
    });

    test("lost: the other side is gone", async () => {
      const id = name();
      const [one, two] = [await caller(id, { shared }), await listener(id)];
      await two.waitForFunction(() => t.v.ports.length === 1);
      await two.goto("/");
      assert.deepEqual(await ending(one), ["lost", "the other side's connection to the hub ended"]);
    });

    test("lost: there was no hub for too long", async () => {
      const id = name();
      const one = await caller(id, { address: "/brief", shared });
      await post("brief/stop");
      const [reason, text] = await ending(one);
      await post("brief/start");
      assert.equal(reason, "lost");
      assert.match(text, /^there was no hub for too long; (hub is shutting down|NetworkError: No connection to ws:)/);
    });

    test("limit: too much waits for the other side, or too many connects; the session goes on", async () => {
      const id = name();
      const [one, two] = [await caller(id, { shared }), await listener(id)];
      const got = await one.evaluate(async () => {
        const behind = t.v.hub.connectTo("nobody");
        const ending = t.ending(behind);
        for (let i = 0; i < 66; i++) behind.postMessage(new Uint8Array((1 << 20) - 100));
        const waiting = Array.from({ length: 1100 }, () => t.v.hub.connectTo("nobody else"));
        return [await ending, await t.ending(waiting.at(-1)!)];
      });
      assert.deepEqual(got, [
        ["limit", "too much waits for its other side"],
        ["limit", "more than 16384 ports, or 1024 connects that wait"],
      ]);
      await two.waitForFunction(() => t.v.ports.length === 1);
      await two.evaluate(() => t.v.ports[0].close());
      assert.deepEqual(await ending(one), ["closed", ""]);
    });

    test("refused: the hub does not know the session any more, in the hub's words", async () => {
      const id = name();
      const [one, two] = [await caller(id, { address: "/stopping", shared }), await listener(id, "/stopping")];
      await two.waitForFunction(() => t.v.ports.length === 1);
      await post("stopping/stop");
      await post("stopping/forget");
      await post("stopping/start");
      const refused = ["refused", "a ticket of another hub, or of a key that is not used any more"];
      assert.deepEqual(await ending(one), refused);
      await two.waitForFunction(() => t.v.endings.length === 1);
      assert.deepEqual(await two.evaluate(() => t.v.endings), [refused]);
      // The hub objects go on.
      await one.evaluate((id) => t.v.hub.connectTo(id), id);
      await two.waitForFunction(() => t.v.ports.length === 2);
    });

    test("shutdown: hub.close(), here; to the other side it was closed", async () => {
      const id = name();
      const [one, two] = [await caller(id, { shared }), await listener(id)];
      await two.waitForFunction(() => t.v.ports.length === 1);
      await one.evaluate(() => t.v.session.close());
      assert.deepEqual(await ending(one), ["shutdown", "hub.close() was called"]);
      await two.waitForFunction(() => t.v.endings.length === 1);
      assert.deepEqual(await two.evaluate(() => t.v.endings), [["closed", ""]]);
      const late = await one.evaluate(() => t.ending(t.v.hub.connectTo("nobody")));
      assert.equal(late[0], "shutdown");
    });
  });
}

suite("why a port ended, besides", () => {
  test("refused: the hub does not let the client in; lost: there is none", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const refused = t.entangle.connect("/entangle", { origin: "not an origin", log() {} });
      const nowhere = t.entangle.connect("/nothing is served here", { log() {} });
      const failing = t.entangle.connect(() => Promise.reject(new RangeError("no token")), { log() {} });
      const before = [refused, nowhere, failing].map((hub) => t.ending(hub.connectTo("nobody")));
      const endings = [await before[0], await before[1], await before[2], await t.ending(refused.connectTo("too late"))];
      const code = await refused.ready.catch((error) => error.message);
      return { endings, code };
    });
    assert.match(got.code as string, /\(3500\)\.$/);
    const [refused, nowhere, failing, late] = got.endings as [string, string][];
    assert.equal(refused![0], "refused");
    assert.notEqual(refused![1], "");
    assert.deepEqual(late, refused);
    assert.equal(nowhere![0], "lost");
    assert.match(nowhere![1], /^NetworkError: No connection to ws:.*: nobody answers, or does not allow this origin\.$/);
    assert.deepEqual(failing, ["lost", "RangeError: no token"]);
  });

  test("a port that is relayed into a frame: its other side hears what became of it", async () => {
    const [far, id] = [name(), name()];
    const [one, two] = [await caller(id), await listener(id)];
    await one.evaluate(async () => {
      const { port1, port2 } = new MessageChannel();
      port1.postMessage("given on", [t.v.port]);
      port2.start();
      t.v.given = (await t.event(port2, "message")).ports[0];
      t.v.given.postMessage("relayed");
    });
    await two.waitForFunction(() => t.v.ports.length === 1);
    await one.evaluate(() => t.v.hub.close());
    await two.waitForFunction(() => t.v.endings.length === 1);
    assert.deepEqual(await two.evaluate(() => t.v.endings), [["closed", ""]]);
    // A page that is left loses what it relays.
    const three = await caller(far);
    const four = await listener(far);
    await three.evaluate(() => new MessageChannel().port1.postMessage("given on", [t.v.port]));
    await four.waitForFunction(() => t.v.ports.length === 1);
    await three.goto("/");
    await four.waitForFunction(() => t.v.endings.length === 1);
    assert.deepEqual(await four.evaluate(() => t.v.endings), [["lost", "the other side's connection to the hub ended"]]);
  });
});
