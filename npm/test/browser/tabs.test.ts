import assert from "node:assert/strict";
import { counters, isFirefox, name, open, type Page, suite, test } from "./harness.ts";

suite("tabs that need no server", () => {
  /** A tab that is found by a name, and says "hello" to whoever comes; it logs what comes. */
  async function listener(id: string): Promise<Page> {
    const page = await open();
    await page.evaluate(async (id) => {
      const { tabs } = await t.loadTabs();
      t.v.tabs = tabs({ name: id });
      t.v.logs = [];
      t.v.tabs.onconnect = ({ ports: [port] }: MessageEvent) => {
        t.v.logs.push(new t.Log(port!));
        t.v.port = port;
        port!.postMessage("hello");
      };
      await t.v.tabs.ready;
    }, id);
    return page;
  }

  /** A tab that has connected to a name, and posted numbers. */
  async function caller(id: string, count = 0): Promise<Page> {
    const page = await open();
    await page.evaluate(
      async (id, count) => {
        t.v.tabs ??= (await t.loadTabs()).tabs();
        t.v.port = t.v.tabs.connectTo(id);
        t.v.log = new t.Log(t.v.port);
        for (let i = 0; i < count; i++) t.v.port.postMessage(i);
      },
      id,
      count,
    );
    return page;
  }

  const heard = (page: Page, count: number) => page.evaluate((count) => t.v.log.until(count), count);

  test("the proposal's own example runs unchanged, with no hub and no network", async () => {
    const before = await counters();
    const listener = await open("/proposal/listener.html");
    await listener.offline();
    const caller = await open("/proposal/caller.html");
    await caller.waitForFunction(() => document.title === "Welcome!");
    assert.equal(await listener.title(), "Hello!");
    await caller.offline();
    const again = await caller.evaluate(() => {
      const port = window.connectTo("the-listener");
      port.postMessage("Hello again!");
      return new t.Log(port).until(1);
    });
    assert.deepEqual([again, await listener.title()], [['message "Welcome!"'], "Hello again!"]);
    const after = await counters();
    assert.deepEqual([after.messages, after.connections], [before.messages, before.connections]);
  });

  test("what is posted before somebody has the name arrives, in order; and what no byte form has", async () => {
    const id = name();
    const a = await caller(id, 100);
    const b = await listener(id);
    assert.deepEqual(await heard(a, 1), ['message "hello"']);
    const got = await b.evaluate(async () => (await t.v.logs[0].until(100)).map((entry: string) => entry.slice(8)));
    assert.deepEqual(got, [...Array(100).keys()].map(String));
    const kept = await b.evaluate(async () => {
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
      t.v.port.postMessage(key);
    });
    assert.equal(kept, undefined);
    assert.equal((await heard(a, 2))[1], "message CryptoKey{}");
  });

  test("SPEC 1.15 of several with a name the oldest is found, and nobody finds itself", async () => {
    const id = name();
    const [first, second] = [await listener(id), await listener(id)];
    await caller(id);
    await first.waitForFunction(() => t.v.logs.length === 1);
    await first.evaluate((id) => {
      t.v.own = new t.Log(t.v.tabs.connectTo(id));
    }, id);
    await second.waitForFunction(() => t.v.logs.length === 1);
    assert.equal(await first.evaluate(() => t.v.logs.length), 1);
  });

  test("a port is closed, by call and by signal; the other side gets close after the last message", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id, 3);
    await heard(a, 1);
    await a.evaluate(() => t.v.port.close());
    assert.deepEqual(await b.evaluate(() => t.v.logs[0].until(4)), [0, 1, 2].map((i) => `message ${i}`).concat("close"));
    const entries = await a.evaluate(async (id) => {
      const controller = new AbortController();
      const port = t.v.tabs.connectTo(id, { signal: controller.signal });
      const log = new t.Log(port);
      await log.until(1);
      controller.abort("enough");
      await log.until(2);
      const { reason, text } = log.events[1] as never;
      return [...log.entries, reason, text];
    }, id);
    assert.deepEqual(entries, ['message "hello"', "close", "closed", "enough"]);
    assert.deepEqual(await b.evaluate(() => t.v.logs[1].until(1)), ["close"]);
  });

  test("a tab is closed, reloaded, or crashes: its ports close at the others, its name is another's", async () => {
    const id = name();
    const [first, second] = [await listener(id), await listener(id)];
    const a = await caller(id);
    await heard(a, 1);
    await first.reload();
    assert.equal((await heard(a, 2))[1], "close");
    const b = await caller(id);
    await heard(b, 1);
    assert.equal(await second.evaluate(() => t.v.logs.length), 1);
    if (isFirefox) await second.close();
    else await second.crash();
    assert.equal((await heard(b, 2))[1], "close");
    if (!isFirefox) await second.close();
    // Whoever asks now waits for the next one.
    const c = await caller(id, 1);
    const third = await listener(id);
    assert.deepEqual(await heard(c, 1), ['message "hello"']);
    assert.equal(await third.evaluate(() => t.v.logs.length), 1);
  });

  test("a port between tabs is given to a third one, with what is queued in it", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    const c = await caller(id);
    await heard(c, 1);
    await a.evaluate(() => {
      const { port1, port2 } = new MessageChannel();
      for (let i = 0; i < 10; i++) port1.postMessage(i);
      t.v.port.postMessage("take it", [port2]);
    });
    await b.evaluate(async () => {
      await t.v.logs[0].until(1);
      t.v.port.postMessage("and hand it on", [t.v.logs[0].events[0].ports[0]]);
    });
    const got = await c.evaluate(async () => {
      await t.v.log.until(2);
      return new t.Log(t.v.log.events[1].ports[0]).until(10);
    });
    assert.deepEqual(got, [...Array(10).keys()].map((i) => `message ${i}`));
  });

  test("nobody listens to connect: the port is closed; close() ends everything here", async () => {
    const id = name();
    const silent = await open();
    await silent.evaluate(async (id) => {
      t.v.tabs = (await t.loadTabs()).tabs({ name: id });
      await t.v.tabs.ready;
    }, id);
    const a = await caller(id);
    assert.deepEqual(await heard(a, 1), ["close"]);
    const got = await a.evaluate(async (id) => {
      const waits = new t.Log(t.v.tabs.connectTo(`${id} of nobody`));
      t.v.tabs.close();
      const late = new t.Log(t.v.tabs.connectTo(id));
      return [await waits.until(1), await late.until(1), (late.events[0] as never as { reason: string }).reason];
    }, id);
    assert.deepEqual(got, [["close"], ["close"], "shutdown"]);
    const ready = await a.evaluate(async () => {
      const here = (await t.loadTabs()).tabs();
      here.close();
      here.close();
      return here.ready.catch((error: DOMException) => error.name);
    });
    assert.equal(ready, "AbortError");
  });

  test("a port that was given on goes on when the tab between is gone, and what was not dispatched comes", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    await b.evaluate(() => {
      const frame = document.createElement("iframe");
      document.body.append(frame);
      const window = frame.contentWindow as Window & { heard: unknown[] };
      window.heard = [];
      const script = frame.contentDocument!.createElement("script");
      script.textContent = `addEventListener("message", ({ ports: [port] }) => {
        port.onmessage = ({ data }) => port.postMessage([data]);
      });`;
      frame.contentDocument!.body.append(script);
      window.postMessage("take it", "*", [t.v.port]);
      t.v.tabs.close(); // what this page had of it ends
    });
    const got = await a.evaluate(async () => {
      await t.v.log.until(2);
      t.v.port.postMessage("still there?");
      return t.v.log.until(3);
    });
    assert.deepEqual(got, ['message "hello"', "close", 'message Array(1)["0": "still there?"]']);
  });

  test("a connect that is given up while it is introduced leaves nothing at the other tab", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    await a.evaluate((id) => {
      for (let i = 0; i < 200; i++) {
        const port = t.v.tabs.connectTo(id);
        if (i % 4 === 0) port.close();
        else setTimeout(() => port.close(), i % 4);
      }
      t.v.last = new t.Log(t.v.tabs.connectTo(id));
    }, id);
    await a.evaluate(() => t.v.last.until(1));
    await b.waitForFunction(() => t.v.logs.slice(1, -1).every(({ entries }: { entries: string[] }) => entries.at(-1) === "close"));
  });

  test("nonsense that a page says to the worker harms nobody; a realm does not find itself by a second object", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    await a.evaluate(async (id) => {
      const { tabs } = await t.loadTabs();
      const { port } = new SharedWorker(new URL("/worker.js", location.href), { type: "module", name: "entangle 0" });
      const nonsense = [null, 1, "leave", {}, { kind: "join" }, { kind: "join", realm: 1, pairs: 1, over: {} }, { kind: "alive" },
        { kind: "ask", ask: {}, name: id }, { kind: "bring", ask: 1, name: id, pair: "x" }, { kind: "close", pair: {} }, { kind: "name" }];
      for (const said of nonsense) port.postMessage(said);
      t.v.second = tabs();
      t.v.third = tabs({ name: `${id} of this page` });
      t.v.own = new t.Log(t.v.second.connectTo(`${id} of this page`));
      t.v.again = new t.Log(t.v.second.connectTo(id));
    }, id);
    assert.deepEqual(await a.evaluate(() => t.v.again.until(1)), ['message "hello"']);
    assert.deepEqual(await a.evaluate(() => t.v.own.entries), []);
    assert.equal(await b.evaluate(() => t.v.logs.length), 2);
  });

  test("names and options that are none; where there is no worker, it is said", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const { tabs } = await t.loadTabs();
      const here = tabs();
      const thrown = (run: () => unknown) => {
        try {
          return String(run());
        } catch (error) {
          return (error as Error).name;
        }
      };
      const errors = [
        thrown(() => tabs({ name: "_x" })),
        thrown(() => here.connectTo("")),
        thrown(() => here.connectTo("x".repeat(257))),
        thrown(() => here.connectTo("x", { targetOrigin: "https://service.example" })),
        thrown(() => here.connectTo("x", { signal: AbortSignal.abort() })),
        thrown(() => (here.name = "_x")),
      ];
      const nowhere = tabs({ worker: "/nothing is served here" });
      const log = new t.Log(nowhere.connectTo("x"));
      const why = await nowhere.ready.catch((error) => [error.name, error.message]);
      return [errors, why, await log.until(1), (log.events[0] as never as { reason: string }).reason];
    });
    const errors = ["SyntaxError", "SyntaxError", "SyntaxError", "NotSupportedError", "AbortError", "SyntaxError"];
    const why = ["NotSupportedError", "Tabs cannot meet here: the worker's script /nothing is served here cannot be run."];
    assert.deepEqual(got, [errors, why, ["close"], "refused"]);
  });

  test("a tab that is left and come back to by the history has its ports, and is found again", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    await b.evaluate(() => (t.v.kept = true));
    await b.goto("/csp.html");
    const c = await caller(id);
    await a.evaluate(() => t.v.port.postMessage("meanwhile"));
    await b.back();
    await b.waitForFunction(() => "t" in globalThis);
    // Else it was loaded again.
    if (!(await b.evaluate(() => !!t.v.kept))) {
      assert.ok(isFirefox, "Chromium keeps the page");
      return console.log("Firefox kept no page: nothing is shown here");
    }
    assert.deepEqual(await b.evaluate(() => t.v.logs[0].until(1)), ['message "meanwhile"']);
    assert.deepEqual(await heard(c, 1), ['message "hello"']);
  });

  if (isFirefox) return;

  test("the worker dies: ports live on, names and questions go to the next one", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    const c = await caller(`${id} later`, 1);
    await b.killWorkers();
    await a.evaluate(() => t.v.port.postMessage("still here"));
    assert.deepEqual(await b.evaluate(() => t.v.logs[0].until(1)), ['message "still here"']);
    const d = await caller(id, 1);
    assert.deepEqual(await heard(d, 1), ['message "hello"']);
    await listener(`${id} later`);
    assert.deepEqual(await heard(c, 1), ['message "hello"']);
    await a.evaluate(() => t.v.port.close());
    assert.deepEqual(await b.evaluate(() => t.v.logs[0].until(2)), ['message "still here"', "close"]);
  });

  test("the worker dies and cannot be loaded: no port ends, and when it can be loaded all goes on", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    const gone = await caller(id);
    await heard(gone, 1);
    const waits = await caller(`${id} later`, 1);
    for (const page of [a, b, gone, waits]) await page.offline();
    await b.killWorkers();
    await a.evaluate(() => t.v.port.postMessage("still here"));
    assert.deepEqual(await b.evaluate(() => t.v.logs[0].until(1)), ['message "still here"']);
    await gone.evaluate(() => t.v.port.close()); // while there is no worker
    for (const page of [a, b, gone, waits]) await page.online();
    await listener(`${id} later`);
    assert.deepEqual(await heard(waits, 1), ['message "hello"']);
    assert.deepEqual(await b.evaluate(() => t.v.logs[1].until(1)), ["close"]);
    const d = await caller(id, 1);
    assert.deepEqual(await heard(d, 1), ['message "hello"']);
    assert.deepEqual(await a.evaluate(() => t.v.log.entries), ['message "hello"']);
  });

  test("the worker is killed while tabs are introduced: every connect comes about, once", async () => {
    const id = name();
    const b = await listener(id);
    const a = await caller(id);
    await heard(a, 1);
    for (let round = 0; round < 5; round++) {
      const connecting = a.evaluate(
        async (id, round) => {
          const logs = Array.from({ length: 20 }, (_, i) => {
            const port = t.v.tabs.connectTo(id);
            port.postMessage(round * 20 + i);
            return new t.Log(port);
          });
          await Promise.all(logs.map((log) => log.until(1)));
          return logs.map(({ entries }) => entries.join());
        },
        id,
        round,
      );
      await b.killWorkers();
      assert.deepEqual([...new Set(await connecting)], ['message "hello"']);
    }
    await b.waitForFunction(() => t.v.logs.length === 101);
    const first = await b.evaluate(() => Promise.all(t.v.logs.slice(1).map((log: InstanceType<typeof t.Log>) => log.until(1))));
    assert.equal(new Set(first.map(([entry]) => entry)).size, 100);
  });
});
