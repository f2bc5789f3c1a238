import assert from "node:assert/strict";
import { test } from "node:test";

test("the package can be imported where there is no page", async () => {
  const entangle = await import("../src/entangle.ts");
  const names = ["ConnectEvent", "Hub", "HubCloseEvent", "HubErrorEvent", "PortCloseEvent", "connect"];
  assert.deepEqual(Object.keys(entangle).sort(), names);
  assert.throws(() => entangle.connect("no address"), { name: "SyntaxError" });
  assert.throws(() => entangle.connect("ws://127.0.0.1/", { name: "_self" }), { name: "SyntaxError" });
});
