import assert from "node:assert/strict";
import { isFirefox, name, open, server, suite, test } from "./harness.ts";

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
    // The page says when: the clocks of pages of one browser are one.
    await one.evaluate(() => addEventListener("pagehide", () => (localStorage.left = Date.now())));
    const closed = two.evaluate(async () => (await t.v.log.until(2), [t.v.log.entries, Date.now()] as [string[], number]));
    await one.reload();
    const [entries, at] = await closed;
    assert.deepEqual(entries, ['message "before"', "close"]);
    const after = at - (await one.evaluate(() => Number(localStorage.left)));
    assert.ok(after < 1000, `told ${after} ms after it was left`);
  });

  test("broadcasts that are posted without a connection, and close() at once: they arrive, or are counted", async () => {
    const [one, two] = [await open(), await open()];
    const id = name();
    await two.evaluate(async (id) => {
      t.v.hub = t.entangle.connect("/stopping", { log() {} });
      t.v.log = new t.Log(new t.v.hub.BroadcastChannel(id));
      await t.v.hub.ready;
    }, id);
    for (const back of [true, false]) {
      await one.evaluate(async (id) => {
        t.v.hub = t.entangle.connect("/stopping", { log() {} });
        t.v.channel = new t.v.hub.BroadcastChannel(id);
        await t.v.hub.ready;
        t.v.random = Math.random;
        Math.random = () => 600; // the first attempt to come back is a minute away
      }, id);
      await post("stopping/stop");
      await one.waitForFunction(() => t.v.hub.state === "reconnecting");
      await one.evaluate(
        (timeout) => {
          Math.random = t.v.random;
          for (let i = 0; i < 3; i++) t.v.channel.postMessage(i);
          t.v.closed = t.v.hub.close({ timeout });
        },
        back ? 50_000 : 100,
      );
      if (!back) assert.deepEqual(await one.evaluate(() => t.v.closed), { undelivered: 3 });
      await post("stopping/start");
      await two.waitForFunction(() => t.v.hub.state === "open");
      if (!back) break;
      // A hub takes what a session says in order: who can be found has subscribed.
      await two.evaluate(async (id) => {
        const found = t.event(t.v.hub, "connect");
        t.v.hub.name = id;
        t.entangle.connect("/stopping").connectTo(id);
        await found;
      }, id);
      await one.evaluate(() => dispatchEvent(new Event("online")));
      assert.deepEqual(await one.evaluate(() => t.v.closed), { undelivered: 0 });
      assert.deepEqual(await two.evaluate(() => t.v.log.until(3)), [0, 1, 2].map((i) => `message ${i}`));
    }
  });

  /**
   * A page, and another one with a port to it, both of that hub: v.port and v.log; and a port that
   * was handed over on it: v.given and v.news.
   */
  async function pair(address: string) {
    const [one, two] = [await open(), await open()];
    const id = name();
    await two.evaluate(
      async (id, address) => {
        const hub = (t.v.hub = t.entangle.connect(address, { name: id, log() {} }));
        hub.onconnect = ({ ports: [port] }) => {
          t.v.log = new t.Log((t.v.port = port));
          port.addEventListener("message", ({ ports: [given] }) => given && (t.v.news = new t.Log((t.v.given = given))), { once: true });
        };
        await hub.ready;
      },
      id,
      address,
    );
    await one.evaluate(
      (id, address) => {
        const hub = (t.v.hub = t.entangle.connect(address, { log() {} }));
        t.v.log = new t.Log((t.v.port = hub.connectTo(id)));
        const { port1, port2 } = new MessageChannel();
        t.v.news = new t.Log((t.v.given = port1));
        t.v.port.postMessage("take it", [port2]);
        // Its own sending goes on, as long as it runs.
        t.v.sent = 0;
        t.v.ticking = setInterval(() => t.v.port.postMessage(t.v.sent++), 20);
      },
      id,
      address,
    );
    await two.waitForFunction(() => t.v.log?.entries.length > 2 && !!t.v.given);
    return { one, two };
  }

  type Pair = Awaited<ReturnType<typeof pair>>;

  /** Posts on both ports of two. Returns how often. */
  async function post2({ two }: Pair, from: number, count: number): Promise<number> {
    await two.evaluate(
      (from, count) => {
        for (let i = from; i < from + count; i++) for (const port of [t.v.port, t.v.given]) port.postMessage(i);
      },
      from,
      count,
    );
    return from + count;
  }

  /** Everything has arrived, once and in order; no port was closed. */
  async function whole({ one, two }: Pair, count: number): Promise<void> {
    await one.waitForFunction((count) => t.v.log.entries.length >= count && t.v.news.entries.length >= count, count);
    const numbers = (n: number) => Array.from({ length: n }, (_, i) => `message ${i}`);
    assert.deepEqual(await one.evaluate(() => [t.v.log.entries, t.v.news.entries]), [numbers(count), numbers(count)]);
    const sent = await one.evaluate(() => (clearInterval(t.v.ticking), t.v.sent as number));
    await two.waitForFunction((sent) => t.v.log.entries.length >= sent + 1, sent);
    assert.deepEqual((await two.evaluate(() => t.v.log.entries)).slice(1), numbers(sent));
  }

  // ENTANGLE_FREEZE=60 freezes it for a minute, longer than any silence that either side bears.
  const seconds = Number(process.env["ENTANGLE_FREEZE"] ?? 2);
  if (!isFirefox) {
    test(`a page that is frozen for ${seconds} s goes on`, async () => {
      const both = await pair("/entangle");
      let count = await post2(both, 0, 10);
      await both.one.freeze(true);
      const until = Date.now() + seconds * 1000;
      while (Date.now() < until) {
        count = await post2(both, count, 1);
        await both.two.evaluate(() => new Promise((resolve) => setTimeout(resolve, 20)));
      }
      await both.one.freeze(false);
      count = await post2(both, count, 10);
      await whole(both, count);
    });

    test("a page that is frozen while its hub is stopped, and started again, goes on", async () => {
      const both = await pair("/stopping");
      let count = await post2(both, 0, 10);
      await both.one.freeze(true);
      await post("stopping/stop");
      await both.two.waitForFunction(() => t.v.hub.state === "reconnecting");
      count = await post2(both, count, 10);
      await post("stopping/start");
      await both.two.waitForFunction(() => t.v.hub.state === "open");
      count = await post2(both, count, 10);
      await both.one.freeze(false);
      count = await post2(both, count, 10);
      await whole(both, count);
    });
  }

  test("a page that is left is gone to others; come back to by the history it goes on, without its ports", async () => {
    const both = await pair("/entangle");
    const { one, two } = both;
    await post2(both, 0, 10);
    await one.goto("/csp.html");
    await two.waitForFunction(() => t.v.log.entries.at(-1) === "close" && t.v.news.entries.at(-1) === "close");
    await one.back();
    await one.waitForFunction(() => "t" in globalThis);
    // Else it was loaded again.
    if (!(await one.evaluate(() => !!t.v.hub))) return;
    await one.waitForFunction(() => t.v.hub.state === "open" && t.v.log.entries.at(-1) === "close");
    const why = await one.evaluate(() => [t.v.log.events.at(-1).reason, t.v.log.events.at(-1).text]);
    assert.deepEqual(why, ["lost", "the page was left"]);
    const entries = await one.evaluate(async () => {
      const clerk = t.v.hub.connectTo("clerk");
      clerk.postMessage({ do: "echo", value: "goes on" });
      return new t.Log(clerk).until(1);
    });
    assert.deepEqual(entries, ['message "goes on"']);
  });
});
