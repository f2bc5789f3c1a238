import assert from "node:assert/strict";
import { name, open, suite, test } from "./harness.ts";

suite("ports over a hub", () => {
  /**
   * Two pages that are connected: v.port is the caller's port in the first, the listener's
   * in the second.
   */
  async function pair() {
    const id = name();
    const [caller, listener] = await Promise.all([open(), open()]);
    await listener.evaluate((id) => {
      t.v.hub = t.connect({ name: id });
      t.v.connected = t.event(t.v.hub, "connect").then((event) => {
        t.v.port = event.ports[0];
      });
      return t.v.hub.ready;
    }, id);
    await caller.evaluate((id) => {
      t.v.hub = t.connect();
      t.v.port = t.v.hub.connectTo(id);
    }, id);
    await listener.evaluate(() => t.v.connected);
    return [caller, listener] as const;
  }

  test("SPEC 20 messages arrive in the order of posting, both ways, also what was posted before anybody was there", async () => {
    const id = name();
    const [caller, listener] = await Promise.all([open(), open()]);
    const answers = await caller.evaluate(async (id) => {
      t.v.hub = t.connect();
      const port = (t.v.port = t.v.hub.connectTo(id));
      for (let i = 0; i < 1000; i++) port.postMessage(i);
      t.v.log = new t.Log(port);
      return [port instanceof MessagePort, t.v.hub.state];
    }, id);
    assert.deepEqual(answers, [true, "connecting"]);
    const got = await listener.evaluate(async (id) => {
      const hub = (t.v.hub = t.connect({ name: id }));
      const event = await t.event(hub, "connect");
      const port = event.ports[0]!;
      t.v.port = port;
      t.v.log = new t.Log(port);
      for (let i = 0; i < 1000; i++) port.postMessage(-i - 1);
      return {
        entries: await t.v.log.until(1000), source: event.source === port, data: event.data, origin: event.origin,
        user: (event as any).user, native: port instanceof MessagePort,
      };
    }, id);
    assert.deepEqual(got.entries, Array.from({ length: 1000 }, (_, i) => `message ${i}`));
    assert.deepEqual([got.source, got.data, got.origin, got.user, got.native], [true, "", new URL(listener.url()).origin, "dev", true]);
    assert.deepEqual(
      await caller.evaluate(() => t.v.log.until(1000)),
      Array.from({ length: 1000 }, (_, i) => `message ${-i - 1}`),
    );
  });

  test("SPEC 22 nothing is dispatched before start() or onmessage", async () => {
    const [caller, listener] = await pair();
    await listener.evaluate(() => {
      t.v.log = new t.Log(t.v.port, false);
      t.v.port.postMessage("sent after this page's listener was added");
    });
    // When the answer to the second message is there the first has long been in the
    // listener's queue.
    await caller.evaluate(async () => {
      t.v.port.postMessage("first");
      t.v.log = new t.Log(t.v.port);
      await t.v.log.until(1);
    });
    assert.deepEqual(await listener.evaluate(() => t.v.log.entries), []);
    assert.deepEqual(
      await listener.evaluate(() => {
        t.v.port.start();
        return t.v.log.until(1);
      }),
      ['message "first"'],
    );
    assert.deepEqual(
      await caller.evaluate(() => {
        const first = t.v.port.onmessage;
        const handler = () => {};
        t.v.port.onmessage = handler;
        return [first, t.v.port.onmessage === handler];
      }),
      [null, true],
    );
  });

  test("each type that has a byte form arrives as a native structured clone", async () => {
    const [caller, listener] = await pair();
    await listener.evaluate(() => {
      t.v.log = new t.Log(t.v.port);
    });
    const sent = await caller.evaluate(() => {
      const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
      const plain = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
      const cyclic: any = { list: [1, 2] };
      cyclic.self = cyclic;
      cyclic.list.push(cyclic.list);
      const holes = [1, , 3] as any;
      holes.extra = "property";
      const values: unknown[] = [
        undefined, null, true, 0, -0, NaN, Infinity, 1.5, 2 ** 53, 12345678901234567890n, -1n, "", "漢😀", "lone \ud800",
        new Boolean(false), new Number(-0), new String("s"), Object(5n), new Date(1e12 + 1), new Date(NaN), /a+/giu,
        buffer, plain, new Uint8Array(plain, 2, 3), new DataView(plain, 1), new Uint16Array(buffer),
        [new Float64Array(plain), new Int8Array(plain)],
        new BigInt64Array([1n, -1n]), new Map<unknown, unknown>([[{ k: 1 }, new Set([1, "2"])], [NaN, -0]]), cyclic, holes, [],
        { z: 1, a: { b: undefined }, 2: "integer key", __proto__: null },
        new TypeError("message", { cause: new Map() }), new Error(), new DOMException("message", "AbortError"),
        new Blob(["ab", "cd"], { type: "text/plain" }), new File(["x"], "name.txt", { lastModified: 5 }),
        Object.defineProperty({}, "__proto__", { value: { polluted: true }, enumerable: true }),
      ];
      return values.map((value) => {
        t.v.port.postMessage(value);
        return `message ${t.describe(structuredClone(value))}`;
      });
    });
    assert.deepEqual(await listener.evaluate((n) => t.v.log.until(n), sent.length), sent);
  });

  test("SPEC 29, 83 what has no byte form, or is too large, is messageerror in its place, and error at the sender", async () => {
    const [caller, listener] = await pair();
    await listener.evaluate(() => {
      t.v.log = new t.Log(t.v.port, false);
      t.v.port.postMessage("listening");
    });
    const errors = await caller.evaluate(async () => {
      const messages: string[] = [];
      const { port, hub } = t.v;
      const errors = new Promise((resolve) => {
        hub.onerror = (event: ErrorEvent) => {
          event.preventDefault();
          if (messages.push(event.message) === 5) resolve(messages);
        };
      });
      const stream = new ReadableStream();
      const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]);
      port.postMessage(await createImageBitmap(new ImageData(1, 1)));
      port.postMessage(1);
      port.postMessage({ key });
      port.postMessage(stream, [stream]);
      port.postMessage(new SharedArrayBuffer(1));
      port.postMessage(2);
      port.postMessage("x".repeat(1 << 20));
      port.postMessage(3);
      t.v.log = new t.Log(port);
      return errors as Promise<string[]>;
    });
    assert.equal(errors.length, 5, errors.join("\n"));
    const got = await listener.evaluate(async () => {
      const early = [...t.v.log.entries];
      t.v.port.start();
      const entries = await t.v.log.until(8);
      return { early, entries, data: t.v.log.events[0].data };
    });
    const error = "messageerror";
    assert.deepEqual(got, { early: [], entries: [error, "message 1", error, error, error, "message 2", error, "message 3"], data: null });
  });

  test("SPEC 33, 37, 39 close is fired at the other side, once, after the last message; SPEC 34 and nothing comes after it", async () => {
    const [caller, listener] = await pair();
    await caller.evaluate(() => {
      t.v.log = new t.Log(t.v.port);
      for (let i = 0; i < 3; i++) t.v.port.postMessage(i);
      t.v.port.close();
      t.v.port.close();
      t.v.port.postMessage("after close");
    });
    const got = await listener.evaluate(async () => {
      let handler = 0;
      t.v.port.onclose = () => handler++;
      const log = new t.Log(t.v.port);
      await log.until(4);
      t.v.port.postMessage("to a closed port"); // SPEC 26: without an error
      t.v.port.close();
      await new Promise((resolve) => setTimeout(resolve));
      return { entries: log.entries, handler, type: log.events[3]!.constructor === t.entangle.PortCloseEvent && "PortCloseEvent" };
    });
    assert.deepEqual(got, { entries: ["message 0", "message 1", "message 2", "close"], handler: 1, type: "PortCloseEvent" });
    assert.deepEqual(await caller.evaluate(() => t.v.log.entries), []);
  });

  test("SPEC 40 close waits for messages of a port that is not started, and for nothing else", async () => {
    const [caller, listener] = await pair();
    await caller.evaluate(() => {
      const { port1, port2 } = new MessageChannel();
      t.v.port.postMessage("take", [port1]);
      t.v.port.postMessage("last");
      port2.postMessage("then");
      t.v.port.close();
    });
    const got = await listener.evaluate(async () => {
      const log = new t.Log(t.v.port, false);
      t.v.port.start();
      await log.until(3);
      return log.entries;
    });
    assert.deepEqual(got, ['message "take"', 'message "last"', "close"]);
    const [second, third] = await pair();
    await third.evaluate(() => {
      t.v.log = new t.Log(t.v.port, false);
    });
    await second.evaluate(() => t.v.port.close());
    assert.deepEqual(await third.evaluate(() => t.v.log.until(1)), ["close"]);
  });

  test("the page, or the hub, that goes away closes its ports", async () => {
    const [caller, listener] = await pair();
    await caller.evaluate(() => {
      t.v.log = new t.Log(t.v.port);
      t.v.port.postMessage("last words");
      return t.v.hub.close();
    });
    assert.deepEqual(await listener.evaluate(() => new t.Log(t.v.port).until(2)), ['message "last words"', "close"]);
    assert.deepEqual(
      await caller.evaluate(async () => {
        const later = t.v.hub.connectTo("anybody");
        return [t.v.hub.state, await t.v.log.until(1), await new t.Log(later).until(1)];
      }),
      ["closed", ["close"], ["close"]],
    );
    const [second, third] = await pair();
    await third.evaluate(() => {
      t.v.log = new t.Log(t.v.port);
    });
    await second.close();
    assert.deepEqual(await third.evaluate(() => t.v.log.until(1)), ["close"]);
  });

  test("errors are thrown as the standard says", async () => {
    const [caller] = await pair();
    const thrown = await caller.evaluate(() => {
      const { port, hub } = t.v;
      const closed = hub.connectTo("nobody");
      closed.close();
      const { port1 } = new MessageChannel();
      const attempts: (() => unknown)[] = [
        () => port.postMessage(() => {}),
        () => port.postMessage(Symbol()),
        () => port.postMessage(port1),
        () => port.postMessage(0, [port]), // SPEC 24
        () => port.postMessage(0, [port1, port1]), // SPEC 89
        () => port.postMessage(0, [closed]), // SPEC 31
        () => port.postMessage(),
        () => port.postMessage(0, 5),
        () => port.postMessage({ get a() { throw new RangeError(); } }),
        () => hub.connectTo(""),
        () => hub.connectTo("_blank"),
        () => hub.connectTo("x".repeat(257)),
        () => hub.connectTo("x", { targetOrigin: "no url" }),
        () => hub.connectTo("x", { signal: AbortSignal.abort() }),
        () => (hub.name = "_top"),
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
    const clone = "DataCloneError";
    const syntax = "SyntaxError";
    assert.deepEqual(thrown, [
      clone, clone, clone, clone, clone, clone, "TypeError", "TypeError", "RangeError",
      syntax, syntax, syntax, syntax, "AbortError", syntax,
    ]);
    // None of them has harmed the port, nor what was in a transfer list.
    assert.deepEqual(
      await caller.evaluate(() => {
        const { port1, port2 } = new MessageChannel();
        t.v.port.postMessage(port1, [port1]);
        return port2 instanceof MessagePort;
      }),
      true,
    );
  });

  test("a signal closes the port: at the page with close, at the other side as any other", async () => {
    const [caller, listener] = await pair();
    const id = name();
    await listener.evaluate((id) => {
      t.v.hub.name = id;
      t.v.connected = t.event(t.v.hub, "connect");
    }, id);
    await listener.evaluate(() => {
      t.v.log = t.v.connected.then(({ ports }: MessageEvent) => {
        ports[0]!.postMessage("found");
        return new t.Log(ports[0]!);
      });
    });
    const got = await caller.evaluate(async (id) => {
      const controller = new AbortController();
      const pending = new t.Log(t.v.hub.connectTo("nobody has this name", { signal: controller.signal }));
      const port = t.v.hub.connectTo(id, { signal: controller.signal });
      const found = new t.Log(port);
      await found.until(1);
      port.postMessage("hello");
      await new Promise((resolve) => setTimeout(resolve));
      controller.abort();
      return [await pending.until(1), await found.until(2)];
    }, id);
    assert.deepEqual(got, [["close"], ['message "found"', "close"]]);
    assert.deepEqual(await listener.evaluate(async () => (await t.v.log).until(2)), ['message "hello"', "close"]);
  });

  test("SPEC 39 close comes to a page that is busy for longer than its client waits to learn whose a port is", async () => {
    const [caller, listener] = await pair();
    await listener.evaluate(() => {
      const { port } = t.v;
      t.v.log = new t.Log(port, false);
      port.onmessage = () => {
        const end = performance.now() + 2500;
        while (performance.now() < end);
      };
    });
    await caller.evaluate(() => {
      t.v.port.postMessage("be busy");
      t.v.port.close();
    });
    assert.deepEqual(await listener.evaluate(() => t.v.log.until(2)), ['message "be busy"', "close"]);
  });

  test("a port on which too much waits for the other side is closed, and the hub object says so", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const hub = t.connect();
      const errors: string[] = [];
      hub.onerror = (event) => {
        event.preventDefault();
        errors.push(event.message);
      };
      const port = hub.connectTo("nobody has this name");
      const log = new t.Log(port);
      for (let i = 0; i < 69; i++) port.postMessage(new ArrayBuffer(1_000_000));
      const entries = await log.until(1);
      const other = hub.connectTo("clerk");
      other.postMessage({ do: "echo", value: "goes on" });
      return { entries, errors, other: await new t.Log(other).until(1) };
    });
    assert.deepEqual(got, { entries: ["close"], errors: ["a port was closed: too much waits for its other side"],
      other: ['message "goes on"'] });
  });

  test("bufferedAmount falls as the other side takes what was posted, bufferedamountlow is fired, sent() resolves", async () => {
    const [caller, listener] = await pair();
    const got = await caller.evaluate(async () => {
      const port = t.v.port as import("../../src/entangle.ts").TypedPort;
      const { bufferedAmount: before, bufferedAmountLowThreshold: threshold } = port;
      await port.sent(); // at once
      port.bufferedAmountLowThreshold = 600_000;
      const amounts: number[] = (t.v.amounts = []);
      port.addEventListener("bufferedamountlow", () => amounts.push(port.bufferedAmount));
      port.onbufferedamountlow = () => amounts.push(-1);
      for (let i = 0; i < 20; i++) port.postMessage(new ArrayBuffer(100_000));
      const posted = port.bufferedAmount;
      t.v.sent = port.sent();
      return { before, threshold, posted: posted > 2_000_000, amounts };
    });
    assert.deepEqual(got, { before: 0, threshold: 0, posted: true, amounts: [] });
    await listener.evaluate(() => (t.v.log = new t.Log(t.v.port)));
    const after = await caller.evaluate(async () => {
      await t.v.sent;
      const [heard, handled] = t.v.amounts;
      return { left: t.v.port.bufferedAmount, low: heard > 0 && heard <= 600_000, handled, events: t.v.amounts.length };
    });
    assert.deepEqual(after, { left: 0, low: true, handled: -1, events: 2 });
    assert.equal((await listener.evaluate(() => t.v.log.until(20))).length, 20);
    const closed = await caller.evaluate(async () => {
      const { port, hub } = t.v;
      const other = hub.connectTo("nobody has this name");
      other.postMessage(1);
      const waits = other.sent();
      other.close();
      await port.sent();
      return waits.catch((error: DOMException) => error.name);
    });
    assert.equal(closed, "InvalidStateError");
  });

  test("512 chunks of 64 KiB posted at once all arrive, in order", async () => {
    const [caller, listener] = await pair();
    await caller.evaluate(() => {
      const port = t.v.port;
      for (let i = 0; i < 512; i++) {
        const chunk = new Uint8Array(64 << 10);
        chunk[0] = i % 256;
        port.postMessage(chunk);
      }
    });
    const got = await listener.evaluate(async () => {
      const chunks: number[] = [];
      await new Promise<void>((resolve) => {
        t.v.port.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
          chunks.push(data.length === 64 << 10 ? data[0]! : -1);
          if (chunks.length === 512) resolve();
        };
      });
      return chunks;
    });
    assert.deepEqual(got, Array.from({ length: 512 }, (_, i) => i % 256));
  });

  test("a port that was given to a frame by the platform's own means gets more than a window", async () => {
    const [caller, listener] = await pair();
    await listener.evaluate(async () => {
      const frame = document.createElement("iframe");
      document.body.append(frame);
      const window = frame.contentWindow as Window & { count: number; port: MessagePort };
      const script = frame.contentDocument!.createElement("script");
      script.textContent = `window.count = 0;
        addEventListener("message", ({ ports: [port] }) => {
          window.port = port;
          port.onmessage = () => window.count++;
        });`;
      frame.contentDocument!.body.append(script);
      window.postMessage("take it", "*", [t.v.port]);
      t.v.frame = window;
    });
    await caller.evaluate(() => {
      for (let i = 0; i < 40; i++) t.v.port.postMessage(new ArrayBuffer(64 << 10));
    });
    await listener.waitForFunction(() => t.v.frame.count === 40);
  });
});
