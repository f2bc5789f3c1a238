import assert from "node:assert/strict";

import { counters, name, open, type Page, suite, test } from "./harness.ts";

suite("ports through ports", () => {
  /**
   * Pages, each of which has a name: v.names[i] is that of page i, and v.accepted[j] the ports that
   * came, in order.
   */
  async function pages(count: number): Promise<Page[]> {
    const names = Array.from({ length: count }, name);
    const all = await Promise.all(names.map(() => open()));
    for (const [i, page] of all.entries()) {
      await page.evaluate(
        ({ names, i }) => {
          t.v.names = names;
          const hub = (t.v.hub = t.connect({ name: names[i] }));
          t.v.accepted = [];
          hub.addEventListener("connect", (event) => t.v.accepted.push(event.ports[0]));
          return hub.ready;
        },
        { names, i },
      );
    }
    return all;
  }

  /** Waits until so many callers were accepted. */
  const accepted = (page: Page, count: number) => page.waitForFunction((count) => t.v.accepted.length >= count, count);

  test("SPEC 42-46 a port posted over another one, with its queue, and the page between may leave", async () => {
    const [a, b, c] = (await pages(3)) as [Page, Page, Page];
    await b.evaluate(() => {
      t.v.first = t.v.hub.connectTo(t.v.names[0]);
      t.v.second = t.v.hub.connectTo(t.v.names[2]);
    });
    await accepted(a, 1);
    await accepted(c, 1);
    const before = (await counters()).transfers;
    // A posts to B, which sees two of the messages, posts itself, and introduces C.
    await a.evaluate(() => {
      const [port] = t.v.accepted;
      t.v.log = new t.Log(port);
      for (let i = 0; i < 5; i++) port.postMessage(i);
    });
    await b.evaluate(async () => {
      const { first, second } = t.v;
      await new Promise<void>((resolve) => {
        let seen = 0;
        first.onmessage = () => {
          if (++seen < 2) return;
          first.postMessage("from b");
          second.postMessage({ take: first }, [first]);
          first.postMessage("lost: b has given it away");
          resolve();
        };
      });
    });
    await c.evaluate(async () => {
      const [port] = t.v.accepted;
      const event: MessageEvent = await new Promise((resolve) => (port.onmessage = resolve));
      t.v.port = event.ports[0];
      if (event.data.take !== t.v.port) throw new Error("not the same port");
    });
    await b.close();
    assert.equal((await counters()).transfers - before, 1, "the port was relayed, not handed over");
    await a.evaluate(() => t.v.accepted[0].postMessage("b has left"));
    assert.deepEqual(
      await c.evaluate(() => {
        t.v.log = new t.Log(t.v.port);
        t.v.port.postMessage("from c");
        return t.v.log.until(4);
      }),
      ["message 2", "message 3", "message 4", 'message "b has left"'],
    );
    assert.deepEqual(await a.evaluate(() => t.v.log.until(2)), ['message "from b"', 'message "from c"']);
    await a.evaluate(() => t.v.accepted[0].close());
    assert.deepEqual((await c.evaluate(() => t.v.log.until(5))).at(-1), "close");
  });

  test("SPEC 32, 43 a port handed over, or closed, by the listener of its first message: the old object gets no other one", async () => {
    const [a, b, c] = (await pages(3)) as [Page, Page, Page];
    await a.evaluate(() => {
      const [given, closed] = [0, 1].map(() => t.v.hub.connectTo(t.v.names[1])) as [MessagePort, MessagePort];
      for (const port of [given, closed]) for (let i = 0; i < 20; i++) port.postMessage(i);
      given.postMessage("end");
    });
    await accepted(b, 2);
    await b.evaluate(async () => {
      const [given, closed] = t.v.accepted;
      const to = t.v.hub.connectTo(t.v.names[2]);
      t.v.logs = [new t.Log(given, false), new t.Log(closed, false)];
      const given1 = new Promise((resolve) => {
        given.addEventListener("message", () => resolve(to.postMessage("take", [given])), { once: true });
      });
      const closed1 = new Promise((resolve) => closed.addEventListener("message", () => resolve(closed.close()), { once: true }));
      given.start();
      closed.start();
      await Promise.all([given1, closed1]);
    });
    await accepted(c, 1);
    const entries = await c.evaluate(async () => {
      const [port] = t.v.accepted;
      const event: MessageEvent = await new Promise((resolve) => (port.onmessage = resolve));
      return new t.Log(event.ports[0]!).until(20);
    });
    assert.deepEqual(entries, [...Array.from({ length: 19 }, (_, i) => `message ${i + 1}`), 'message "end"']);
    const seen = await b.evaluate(() => t.v.logs.map((log: { entries: string[] }) => log.entries));
    assert.deepEqual(seen, [["message 0"], ["message 0"]]);
  });

  test("SPEC 46 both ends at once, over several hops, with ports in the queues of ports", async () => {
    const [a, b, c, d] = (await pages(4)) as [Page, Page, Page, Page];
    await a.evaluate(() => (t.v.b = t.v.hub.connectTo(t.v.names[1])) && (t.v.c = t.v.hub.connectTo(t.v.names[2])) && 0);
    await b.evaluate(() => (t.v.d = t.v.hub.connectTo(t.v.names[3])) && 0);
    await accepted(b, 1);
    await accepted(c, 1);
    await accepted(d, 1);
    // One channel of the hub, a-b. a posts, with a port in it, then moves its end to c; b moves its
    // end to d without looking.
    await a.evaluate(() => {
      const inner = new MessageChannel();
      t.v.inner = inner.port1;
      t.v.b.postMessage(0);
      t.v.b.postMessage(1, [inner.port2]);
      inner.port1.postMessage("in the queue of a port in a queue");
      t.v.c.postMessage("c", [t.v.b]);
    });
    await b.evaluate(() => t.v.d.postMessage("d", [t.v.accepted[0]]));
    await c.evaluate(async () => {
      const log = new t.Log(t.v.accepted[0]);
      await log.until(1);
      t.v.port = log.events[0]!.ports[0];
      t.v.port.postMessage("c to d");
      t.v.log = new t.Log(t.v.port);
    });
    const got = await d.evaluate(async () => {
      const log = new t.Log(t.v.accepted[0]);
      await log.until(1);
      t.v.port = log.events[0]!.ports[0];
      t.v.port.postMessage("d to c");
      const inside = new t.Log(t.v.port);
      await inside.until(3);
      const inner = inside.events[1]!.ports[0]!;
      inner.postMessage("to a's own channel");
      return { entries: inside.entries, inner: await new t.Log(inner).until(1) };
    });
    assert.deepEqual(got, { entries: ["message 0", "message 1", 'message "c to d"'],
      inner: ['message "in the queue of a port in a queue"'] });
    assert.deepEqual(await c.evaluate(() => t.v.log.until(1)), ['message "d to c"']);
    assert.deepEqual(await a.evaluate(() => new t.Log(t.v.inner).until(1)), ['message "to a\'s own channel"']);
  });

  test("SPEC 47 a port in a message that is never seen is lost: its other side gets close", async () => {
    const [a, b] = (await pages(2)) as [Page, Page];
    const closed = await a.evaluate(async () => {
      t.v.hub.onerror = (event: ErrorEvent) => event.preventDefault();
      const carrier = t.v.hub.connectTo(t.v.names[1]);
      const lost = t.v.hub.connectTo(t.v.names[1]);
      const kept = t.v.hub.connectTo(t.v.names[1]);
      carrier.postMessage(new ImageData(1, 1), [lost]); // messageerror there
      t.v.log = new t.Log(kept);
      return 0;
    });
    void closed;
    await accepted(b, 3);
    // b has the other side of lost, which a has posted in what will be messageerror at b.
    assert.deepEqual(
      await b.evaluate(async () => {
        // They are shown as they are confirmed: the one that moves may be the last.
        const [carrier, ...others] = t.v.accepted;
        const logs = others.map((other: MessagePort) => new t.Log(other, false).until(1));
        return [await new t.Log(carrier).until(1), await Promise.race(logs)];
      }),
      [["messageerror"], ["close"]],
    );
  });

  test("SPEC 29 a message with more ports than may go is messageerror in its place, and its size does not count", async () => {
    const [a, b] = (await pages(2)) as [Page, Page];
    const errors = await a.evaluate(() => {
      const errors: string[] = [];
      t.v.hub.onerror = (event: ErrorEvent) => {
        event.preventDefault();
        errors.push(event.message);
      };
      const port = t.v.hub.connectTo(t.v.names[1]);
      t.v.log = new t.Log(port);
      for (let i = 0; i < 20; i++) {
        // All together more than may wait for the other side, if it went.
        const ports = Array.from({ length: 65 }, () => new MessageChannel().port1);
        port.postMessage(new ArrayBuffer(1_000_000), ports);
      }
      port.postMessage("later");
      return errors;
    });
    assert.deepEqual(errors, Array(20).fill("a message was not sent: too many ports in one message"));
    await accepted(b, 1);
    const entries = await b.evaluate(async () => {
      const [port] = t.v.accepted;
      port.postMessage("the other way");
      return new t.Log(port).until(21);
    });
    assert.deepEqual(entries, [...Array(20).fill("messageerror"), 'message "later"']);
    assert.deepEqual(await a.evaluate(() => t.v.log.until(1)), ['message "the other way"']);
  });

  test("a port given to a frame or a worker is relayed by this page and ends with it; nobody there sees anything of ours", async () => {
    const [a, b] = (await pages(2)) as [Page, Page];
    for (const place of ["frame", "worker"]) {
      await a.evaluate(async (place) => {
        const port = t.v.hub.connectTo(t.v.names[1]);
        // What is given on echoes: everything that it sees comes back, and a port in it is
        // answered through.
        const echo = `addEventListener("message", ({ ports: [port] }) => {
          const name = location.protocol;
          port.onmessage = ({ data, ports }) => {
            ports[0]?.postMessage("through " + name);
            if (data === "give") {
              const c = new MessageChannel(); c.port1.onmessage = (e) => c.port1.postMessage(["again", e.data]);
              port.postMessage("given", [c.port2]);
            }
            else port.postMessage(["echo", data]);
          };
          port.onmessageerror = () => port.postMessage("saw messageerror");
        })`;
        const url = URL.createObjectURL(new Blob([place === "frame" ? `<script>${echo}</script>` : echo],
          { type: place === "frame" ? "text/html" : "text/javascript" }));
        if (place === "worker") return void (t.v[place] = new Worker(url)).postMessage("port", [port]);
        const frame = document.body.appendChild(document.createElement("iframe"));
        frame.src = url;
        await t.event(frame, "load");
        t.v[place] = frame;
        frame.contentWindow!.postMessage("port", "*", [port]);
      }, place);
      const index = place === "frame" ? 0 : 1;
      await accepted(b, index + 1);
      const got = await b.evaluate(async (index) => {
        const port = t.v.accepted[index];
        const log = new t.Log(port);
        t.v[`log${index}`] = log;
        port.postMessage(1);
        const { port1, port2 } = new MessageChannel();
        const through = new t.Log(port1);
        port.postMessage(2, [port2]);
        port.postMessage("give");
        await log.until(3);
        const again = new t.Log(log.events[2]!.ports[0]!);
        log.events[2]!.ports[0]!.postMessage("x");
        for (let i = 0; i < 300; i++) port.postMessage(i); // so many that the page asks itself whose the port is
        const all = await log.until(303);
        return { head: all.slice(0, 3), last: all[302], through: await through.until(1), again: await again.until(1) };
      }, index);
      assert.deepEqual(got, {
        head: ['message Array(2)["0": "echo","1": 1]', 'message Array(2)["0": "echo","1": 2]', 'message "given"'],
        last: 'message Array(2)["0": "echo","1": 299]',
        through: [`message "through ${"blob:"}"`],
        again: ['message Array(2)["0": "again","1": "x"]'],
      });
    }
    // The relaying page leaves.
    await a.close();
    for (const index of [0, 1]) {
      assert.equal((await b.evaluate((index) => t.v[`log${index}`].until(304), index)).at(-1), "close");
    }
  });

  test("what cannot be fired in other hands is skipped there, and what comes later comes", async () => {
    const [a, b] = (await pages(2)) as [Page, Page];
    const seen = a.evaluate(async () => {
      t.v.hub.onerror = (event: ErrorEvent) => event.preventDefault();
      const port = t.v.hub.connectTo(t.v.names[1]);
      const { port1, port2 } = new MessageChannel();
      port1.postMessage("port", [port]); // given on, natively, to this very page: it does not come back as ours
      const given = (await new Promise<MessageEvent>((resolve) => (port2.onmessage = resolve))).ports[0]!;
      t.v.given = given;
      given.postMessage("ready");
      t.v.log = new t.Log(given);
      return t.v.log.until(2);
    });
    await accepted(b, 1);
    await b.evaluate(async () => {
      t.v.hub.onerror = (event: ErrorEvent) => event.preventDefault();
      const [port] = t.v.accepted;
      await new t.Log(port).until(1);
      port.postMessage(1);
      port.postMessage(new ImageData(1, 1));
      port.postMessage(2);
      port.close();
    });
    assert.deepEqual(await seen, ["message 1", "message 2"]);
    // close has come, and nobody there has seen anything else: what b posts on another
    // channel comes later.
    await a.evaluate(() => (t.v.again = t.v.hub.connectTo(t.v.names[1])) && 0);
    await accepted(b, 2);
    await b.evaluate(() => t.v.accepted[1].postMessage("later"));
    const last = await a.evaluate(async () => {
      await new t.Log(t.v.again).until(1);
      // A browser that fires close at native ports does so here, too.
      return t.v.log.entries.filter((entry: string) => entry !== "close");
    });
    assert.deepEqual(last, ["message 1", "message 2"]);
  });

  test("blobs are read while later messages, ports and close wait", async () => {
    const [a, b] = (await pages(2)) as [Page, Page];
    await a.evaluate(() => {
      const port = t.v.hub.connectTo(t.v.names[1]);
      const other = t.v.hub.connectTo(t.v.names[1]);
      const blob = new Blob(["x".repeat(500_000)]);
      other.postMessage(blob); // still being read when other is posted on
      port.postMessage([blob, 1]);
      port.postMessage(2);
      port.postMessage(3, [other]);
      port.postMessage(new Blob(["y"]));
      port.close();
    });
    // What comes after the large message, and other in it, waits until that is dispatched.
    await accepted(b, 1);
    await b.evaluate(() => (t.v.log = new t.Log(t.v.accepted[0])));
    await accepted(b, 2);
    const got = await b.evaluate(async () => {
      const { log } = t.v;
      const peerLog = new t.Log(t.v.accepted[1]);
      await log.until(5);
      const other = log.events[2]!.ports[0]!;
      other.postMessage("by way of b");
      return { entries: log.entries, peer: await peerLog.until(2), text: (await log.events[0]!.data[0].text()).length };
    });
    assert.deepEqual(got, {
      entries: ['message Array(2)["0": Blob(, 500000),"1": 1]', "message 2", "message 3", "message Blob(, 1)", "close"],
      peer: ["message Blob(, 500000)", 'message "by way of b"'],
      text: 500000,
    });
  });

  test("Comlink works on top, with callbacks", async () => {
    const [a, b] = (await pages(2)) as [Page, Page];
    await b.evaluate(() => {
      const api = {
        add: (x: number, y: number) => x + y,
        each: async (list: number[], callback: (n: number) => Promise<number>) => {
          let sum = 0;
          for (const n of list) sum += await callback(n);
          return sum;
        },
        make: () => t.Comlink.proxy({ hello: (name: string) => `hello ${name}` }),
        fail: () => {
          throw new RangeError("too far");
        },
      };
      t.v.api = api;
      t.v.hub.addEventListener("connect", ({ ports }: MessageEvent) => t.Comlink.expose(api, ports[0]!));
    });
    const got = await a.evaluate(async () => {
      const api = t.Comlink.wrap<any>(t.v.hub.connectTo(t.v.names[1]));
      const made = await api.make();
      return [
        await api.add(1, 2),
        await api.each([1, 2, 3], t.Comlink.proxy((n: number) => n * 2)),
        await made.hello("world"),
        await api.fail().catch((error: Error) => `${error.name}: ${error.message}`),
      ];
    });
    assert.deepEqual(got, [3, 12, "hello world", "RangeError: too far"]);
  });
});
