import assert from "node:assert/strict";
import { name, open, suite, test } from "./harness.ts";

suite("the proposal's window", () => {
  test("the proposal's own example runs unchanged, over a hub", async () => {
    const listener = await open("/hub/proposal/listener.html");
    const caller = await open("/hub/proposal/caller.html");
    await caller.waitForFunction(() => document.title === "Welcome!");
    assert.equal(await listener.title(), "Hello!");
    assert.equal(await listener.evaluate(() => window.name), "the-listener");
  });

  test("window.onconnect, names that nobody can be found by", async () => {
    const [listener, caller] = [await open("/installed.html"), await open("/installed.html")];
    await listener.evaluate(() => {
      window.name = "_private";
      window.name = "another listener";
      t.v.connected = new Promise((resolve) => {
        window.onconnect = (event) => {
          event.source!.postMessage("from the listener");
          resolve([event.type, event.data, event.origin, event.user, event.ports[0] === event.source, event instanceof MessageEvent]);
        };
      });
    });
    const message = await caller.evaluate(() => {
      return new Promise((resolve) => {
        window.connectTo("another listener").addEventListener("message", ({ data }) => resolve(data));
      });
    });
    assert.equal(message, "from the listener");
    assert.deepEqual(await listener.evaluate(() => t.v.connected), ["connect", "", new URL(listener.url()).origin, "dev", true, true]);
  });

  test("SPEC 1.15 nobody listens to connect: the port is closed", async () => {
    const [silent, listener, caller] = [await open("/installed.html"), await open("/installed.html"), await open("/installed.html")];
    const ids = [name(), name()];
    await silent.evaluate((id) => (window.name = id), ids[0]!);
    await listener.evaluate((id) => {
      t.v.connected = t.event(window, "connect").then(({ ports }) => ports[0]!.postMessage("taken later"));
      window.name = id;
    }, ids[1]!);
    const got = await caller.evaluate((ids) => Promise.all(ids.map((id) => new t.Log(window.connectTo(id)).until(1))), ids);
    assert.deepEqual(got, [["close"], ['message "taken later"']]);
  });

  test("who listened before the script was there is heard, too", async () => {
    const [caller] = [await open("/installed.html"), await open("/early.html?listener"), await open("/early.html?handler")];
    const got = await caller.evaluate(() =>
      Promise.all(["early listener", "early handler"].map((name) => new t.Log(window.connectTo(name)).until(1))),
    );
    assert.deepEqual(got, [['message "listener"'], ['message "handler"']]);
  });
});
