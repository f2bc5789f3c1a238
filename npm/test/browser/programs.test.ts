import assert from "node:assert/strict";
import { name, open, suite, test } from "./harness.ts";

suite("pages and Go programs", () => {
  test("what Go takes and posts back is what was posted", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const port = t.connect().connectTo("clerk");
      const cyclic: any[] = [1];
      cyclic.push(cyclic);
      const shared = new Uint8Array([1, 2, 3, 4]);
      const values: unknown[] = [
        undefined, null, true, -0, NaN, 1.5, 2 ** 60, 10n ** 30n, "漢😀\ud800",
        new Date(5), new Date(NaN), /a+/g, new Boolean(true), Object(3n),
        shared, [new Uint8Array(shared.buffer, 1, 2), new DataView(shared.buffer)], new Float32Array([1.5]), shared.buffer,
        new Map<unknown, unknown>([["a", new Set([1])], [{ b: 1 }, undefined]]), cyclic, [1, , 3], { b: 1, a: { c: null } },
        new RangeError("message", { cause: 1 }), new DOMException("message", "AbortError"),
        new Blob(["abc"], { type: "text/plain" }), new File(["x"], "name.txt", { lastModified: 7 }),
      ];
      const log = new t.Log(port);
      for (const value of values) port.postMessage({ do: "echo", value });
      return { sent: values.map((value) => `message ${t.describe(structuredClone(value))}`), got: await log.until(values.length) };
    });
    // A Go program has maps for plain objects, whose keys come back sorted.
    const sorted = got.sent.map((text) => text.replace('{"b": 1,"a": Object{"c": null}}', '{"a": Object{"c": null},"b": 1}'));
    assert.deepEqual(got.got, sorted);
  });

  test("ports posted through ports, from Go to a page and from a page to Go, with their queues", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const port = t.connect().connectTo("clerk");
      const log = new t.Log(port);
      port.postMessage({ do: "channel" });
      const { port1, port2 } = new MessageChannel();
      port1.postMessage("before the port is posted");
      port.postMessage({ do: "take" }, [port2]);
      port1.postMessage("after");
      port1.postMessage("close");
      const own = new t.Log(port1);
      await log.until(1);
      const gift = log.events[0]!.ports[0]!;
      gift.postMessage("to go");
      const given = new t.Log(gift);
      await given.until(4);
      gift.postMessage("close");
      return { given: await given.until(6), own: await own.until(3) };
    });
    assert.deepEqual(got, {
      given: ["message 0", "message 1", "message 2", 'message "go: to go"', 'message "last"', "close"],
      own: ['message "go: before the port is posted"', 'message "go: after"', 'message "last"'],
    });
  });

  test("Go introduces two pages to each other and ends: they talk on", async () => {
    const [a, b] = [await open(), await open()];
    const id = name();
    await b.evaluate((id) => {
      const hub = t.connect({ name: id });
      t.v.port = new Promise((resolve) => (hub.onconnect = ({ ports }) => (ports[0]!.onmessage = (event) => resolve(event.ports[0]))));
      return hub.ready;
    }, id);
    await a.evaluate(async (id) => {
      const hub = t.connect();
      const clerk = hub.connectTo("clerk");
      clerk.postMessage({ do: "middle", name: id });
      const middle = new Promise<string>((resolve) => (clerk.onmessage = ({ data }) => resolve(data)));
      const port = hub.connectTo(await middle);
      t.v.port = port;
      t.v.log = new t.Log(port);
      port.postMessage("for the middle");
      for (let i = 0; i < 3; i++) port.postMessage(i);
    }, id);
    const got = await b.evaluate(async () => {
      const log = new t.Log((t.v.port = await t.v.port));
      t.v.log = log;
      t.v.port.postMessage("from b");
      return log.until(3);
    });
    assert.deepEqual(got, ["message 0", "message 1", "message 2"]);
    assert.deepEqual(await a.evaluate(() => t.v.log.until(2)), ['message "middle was here"', 'message "from b"']);
    await a.evaluate(() => t.v.port.close());
    assert.equal((await b.evaluate(() => t.v.log.until(4))).at(-1), "close");
  });

  test("a page introduces another one to Go, and leaves", async () => {
    const [a, b] = [await open(), await open()];
    const id = name();
    await b.evaluate((id) => {
      const hub = t.connect({ name: id });
      hub.onconnect = ({ ports: [port] }) => {
        port!.postMessage("from b");
        t.v.log = new t.Log(port!);
      };
      return hub.ready;
    }, id);
    await a.evaluate(async (id) => {
      const hub = (t.v.hub = t.connect());
      const clerk = hub.connectTo("clerk");
      clerk.postMessage({ do: "take" }, [hub.connectTo(id)]);
      // When the clerk has answered it has the port.
      clerk.postMessage({ do: "echo", value: "taken" });
      await new t.Log(clerk).until(1);
    }, id);
    await a.close();
    await b.waitForFunction(() => t.v.log);
    assert.deepEqual(await b.evaluate(() => t.v.log.until(1)), ['message "go: from b"']);
  });

  test("a service of another origin is told who calls; its name is not found without its origin", async () => {
    const page = await open();
    const origin = new URL(page.url()).origin;
    const got = await page.evaluate(async () => {
      const hub = t.connect();
      const nobody = hub.connectTo("account");
      const log = new t.Log(nobody);
      const answers = await new t.Log(hub.connectTo("account", { targetOrigin: "https://service.example/path" })).until(2);
      nobody.close();
      return { answers, nobody: log.entries };
    });
    assert.deepEqual(got, { answers: [`message Object{"origin": ${JSON.stringify(origin)},"user": "dev"}`, "close"], nobody: [] });
  });

  test("what a page cannot post is an error there and a messageerror in Go, in its place", async () => {
    const page = await open();
    const got = await page.evaluate(async () => {
      const hub = t.connect();
      hub.onerror = (event) => event.preventDefault();
      const port = hub.connectTo("clerk");
      const log = new t.Log(port);
      port.postMessage({ do: "echo", value: 1 });
      port.postMessage(await createImageBitmap(new ImageData(1, 1)));
      port.postMessage({ do: "echo", value: 2 });
      return log.until(3);
    });
    assert.deepEqual(got, ["message 1", 'message "messageerror"', "message 2"]);
  });
});
