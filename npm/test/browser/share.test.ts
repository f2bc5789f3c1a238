import assert from "node:assert/strict";
import { name, open, type Page, suite, test } from "./harness.ts";

suite("realms that share a session", () => {
  /** A page with a hub, and a frame or worker that has a hub of the same session and that name. */
  async function realm(place: string, id: string): Promise<Page> {
    const page = await open();
    await page.evaluate(
      async (place, id) => {
        await t.loadShare();
        t.v.hub = t.connect();
        t.v.said = [];
        const hear = (target: EventTarget) => target.addEventListener("message", (event) => t.v.said.push((event as MessageEvent).data));
        if (place === "frame") {
          hear(window);
          const frame = document.createElement("iframe");
          frame.srcdoc = '<script type="module" src="/realm.js"></' + "script>";
          document.body.append(frame);
          t.v.end = () => frame.remove();
          while (!t.v.said.includes("loaded")) await t.event(window, "message");
          frame.contentWindow!.postMessage(id, "*", [t.v.hub.share()]);
        } else if (place === "worker") {
          const worker = new Worker("/realm.js", { type: "module" });
          hear(worker);
          t.v.end = () => worker.terminate();
          worker.postMessage(id, [t.v.hub.share()]);
        } else {
          const { installing, waiting, active } = await navigator.serviceWorker.register("/realm.js", { type: "module" });
          hear(navigator.serviceWorker);
          navigator.serviceWorker.startMessages();
          (installing ?? waiting ?? active)!.postMessage(id, [t.v.hub.share()]);
        }
      },
      place,
      id,
    );
    await page.waitForFunction(() => t.v.said.includes("ready"));
    return page;
  }

  for (const place of ["frame", "worker", "service worker"]) {
    test(`a ${place} has a name, ports and channels of its own; its ports are handed over, and closed at its death`, async () => {
      const [id, third] = [name(), name()];
      const [page, other, last] = [await realm(place, id), await open(), await open()];
      await last.evaluate((third) => {
        const hub = t.connect({ name: third });
        t.v.logs = [];
        hub.onconnect = ({ ports: [port] }) => t.v.logs.push(new t.Log(port));
        return hub.ready;
      }, third);
      const got = await other.evaluate(
        async (id, third) => {
          const hub = (t.v.hub = t.connect());
          const port = (t.v.port = hub.connectTo(id));
          const log = (t.v.log = new t.Log(port));
          port.postMessage("x");
          const { port1, port2 } = new MessageChannel();
          const own = new t.Log(port1);
          port.postMessage({ list: [new Map([[1, port2]])] }, [port2]);
          port.postMessage({ connectTo: third });
          await log.until(3);
          // The port that the other realm opened is this page's now: that realm may go.
          t.v.given = log.events[2]!.ports[0];
          t.v.given.postMessage("by way of the other realm");
          const gift = hub.connectTo(third);
          gift.postMessage("queued in the gift");
          port.postMessage({ give: third }, [gift]);
          return { entries: log.entries, own: own.entries };
        },
        id,
        third,
      );
      assert.equal(got.entries[0], 'message Array(2)["0": "echo","1": "x"]');
      assert.match(got.entries[2]!, /^message Array\(2\)\["0": "connected","1": "http/);
      await last.waitForFunction(() => t.v.logs.flatMap((log: { entries: string[] }) => log.entries).length === 3);
      const seen = await last.evaluate(() => t.v.logs.map((log: { entries: string[] }) => log.entries));
      assert.deepEqual(seen.sort(), [['message "by way of the other realm"'], ['message "given"'], ['message "queued in the gift"']]);

      const heard = await page.evaluate(async (id) => {
        const channel = new t.v.hub.BroadcastChannel(id);
        t.v.channel = new t.Log(channel);
        return 0;
      }, id);
      assert.equal(heard, 0);
      await other.evaluate(async (id) => {
        t.v.port.postMessage({ hear: id });
        t.v.port.postMessage({ broadcast: id });
        t.v.port.postMessage("is it there");
        await t.v.log.until(5);
        new t.v.hub.BroadcastChannel(id).postMessage("from another session");
        await t.v.log.until(6);
      }, id);
      assert.deepEqual(await page.evaluate(() => t.v.channel.until(2)), [
        'message "from the other realm"',
        'message "from another session"',
      ]);

      if (place === "service worker") return; // nobody can end it but the browser
      await page.evaluate(() => t.v.end());
      assert.equal((await other.evaluate(() => t.v.log.until(7))).at(-1), "close");
      // What it gave away lives on.
      await other.evaluate(() => t.v.given.postMessage("still there"));
      await last.waitForFunction(() => t.v.logs.some((log: { entries: string[] }) => log.entries.includes('message "still there"')));
      assert.equal(await page.evaluate(() => t.v.hub.state), "open");
    });
  }

  test("a hub of a shared session closes its own ports only; the session's end is its end", async () => {
    const [one, two] = [name(), name()];
    const [page, other] = [await realm("worker", one), await realm("frame", two)];
    await other.evaluate((one) => {
      t.v.log = new t.Log((t.v.port = t.v.hub.connectTo(one)));
      t.v.port.postMessage({ close: true });
    }, one);
    assert.deepEqual(await other.evaluate(() => t.v.log.until(1)), ["close"]);
    await page.waitForFunction(() => t.v.said.length === 3);
    const said = await page.evaluate(() => [...t.v.said.sort(), t.v.hub.state]);
    assert.deepEqual(said, [...["closed", "ready", '{"undelivered":0}'].sort(), "open"]);
    assert.deepEqual(await other.evaluate(() => t.v.hub.close({ timeout: 20_000 })), { undelivered: 0 });
    await other.waitForFunction(() => t.v.said.includes("closed"));
  });

  test("who is not our client at the other end of a shared port is cut off, and nobody else", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      await t.loadShare();
      const hub = t.connect();
      await hub.ready;
      const results: unknown[] = [];
      const cyclic: any = { port: 1, lost: false, queue: [] };
      cyclic.queue.push({ body: new Uint8Array(), ports: [cyclic] });
      for (const wish of [
        null,
        { kind: "end" },
        { kind: "listen", listener: 1, name: "x".repeat(300) },
        { kind: "connect", port: -1, twin: -2, name: "x", origin: "y".repeat(2000) },
        { kind: "post", port: 4, body: "no bytes", ports: [] },
        { kind: "post", port: 4, body: new Uint8Array(), ports: [cyclic] },
        { kind: "broadcast", name: "never subscribed", body: new Uint8Array() },
      ]) {
        const port = hub.share();
        const news: string[] = [];
        port.onmessage = ({ data }) => news.push(data.kind);
        port.postMessage(wish);
        while (!news.includes("ended")) await t.event(port, "message");
        results.push(news.filter((kind) => kind !== "welcome"));
      }
      const clerk = hub.connectTo("clerk");
      clerk.postMessage({ do: "echo", value: "goes on" });
      return [results, await new t.Log(clerk).until(1)];
    });
    assert.deepEqual(got, [Array(7).fill(["ended"]), ['message "goes on"']]);
  });

  test("more ports of other hands than are relayed at a time: messageerror at the receiver", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const hub = t.connect();
      const errors: string[] = [];
      hub.onerror = (event) => {
        event.preventDefault();
        errors.push(event.message);
      };
      const clerk = hub.connectTo("clerk");
      const log = new t.Log(clerk);
      const channels: MessageChannel[] = [];
      const post = () => {
        const more = Array.from({ length: 64 }, () => new MessageChannel());
        channels.push(...more);
        clerk.postMessage({ do: "keep" }, more.map(({ port2 }) => port2));
      };
      for (let i = 0; i < 16; i++) post(); // 1,024
      post();
      const entries = await log.until(17);
      // One that is closed makes room for another.
      return { errors, entries: entries.slice(15) };
    });
    assert.deepEqual(got, {
      errors: ["a message is undeliverable: too many relays"],
      entries: ['message "kept 64"', 'message "messageerror"'],
    });
  });

  test("a port that was given on natively: its old object closes nothing, and posts nothing once that shows", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const hub = t.connect();
      const port = hub.connectTo("clerk");
      const { port1, port2 } = new MessageChannel();
      port1.postMessage("given on", [port]);
      port2.start();
      const given = (await t.event(port2, "message")).ports[0]!;
      const log = new t.Log(given);
      // What the new holder posts is the sign; after a while the old object's messages go nowhere.
      let n = 0;
      do {
        n++;
        port.postMessage({ do: "echo", value: `old ${n}` });
        given.postMessage({ do: "echo", value: `new ${n}` });
        while (!log.entries.includes(`message "new ${n}"`)) await log.until(log.entries.length + 1);
      } while (log.entries.includes(`message "old ${n}"`));
      port.close();
      given.postMessage({ do: "echo", value: "later" });
      return (await log.until(log.entries.length + 1)).at(-1);
    });
    assert.equal(got, 'message "later"');
  });
});
