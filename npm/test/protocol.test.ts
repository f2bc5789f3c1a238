import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type Effect, Endpoint, type Event, type Held } from "../src/protocol/endpoint.ts";
import { decodeFrames, encodeFrame } from "../src/protocol/frame.ts";

// The logs that Go's endpoint has written: bodies and frames are hex, fields that are zero
// may be missing.
const folder = new URL("../../../protocol/testdata/vectors/", import.meta.url);

type Json = { [key: string]: any };
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");

const heldOf = (list: Json[] = []): Held[] =>
  list.map(({ port, lost, queue }) => ({
    port,
    lost,
    queue: queue.map((message: Json) => ({ body: bytes(message.body), ports: heldOf(message.ports) })),
  }));

function eventOf(json: Json): Event {
  const event: Json = { listener: 0, name: "", origin: "", service: false, ...json,
    ports: heldOf(json.ports), body: bytes(json.body ?? "") };
  if (json.frame) [event.frame] = decodeFrames(bytes(json.frame));
  return event as Event;
}

/** An effect as the logs have it. */
function jsonOf(effect: Effect): Json {
  return JSON.parse(
    JSON.stringify(effect, function (this: Json, key, value) {
      if (key === "frame") return hex(encodeFrame(this.frame));
      if (key === "body") return hex(this.body);
      return value;
    }),
  );
}

const always = ["lost", "behind", "code", "body", "queue"];

/** Without what Go leaves out because it is zero. */
function bare(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([key, value]) => always.includes(key) || (value && value.length !== 0)));
}

for (const file of readdirSync(folder).sort()) {
  test(`the endpoint does what Go's does: ${file}`, () => {
    const steps: Json[] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    assert.notEqual(steps.length, 0);
    const endpoint = new Endpoint(bytes(steps[0]!.event.secret));
    steps.forEach(({ now, event, effects }, i) => {
      const got = endpoint.step(now, eventOf(event)).map((effect) => bare(jsonOf(effect)));
      assert.deepEqual(got, effects, `${file}, step ${i + 1}: ${JSON.stringify(event).slice(0, 200)}`);
    });
  });

  test(`frames come back as they were: ${file}`, () => {
    const steps: Json[] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    for (const { event, effects } of steps) {
      for (const { frame } of [event, ...effects]) {
        if (frame) assert.equal(hex(encodeFrame(decodeFrames(bytes(frame))[0]!)), frame);
      }
    }
  });
}

test("a batch is what its frames are, one after the other", () => {
  const frames = [{ kind: 0x11, port: 300, next: 2 ** 53 - 1 }, { kind: 0x20, listener: 1, name: "漢\ud800" }];
  const batch = Buffer.concat(frames.map(encodeFrame));
  assert.deepEqual(decodeFrames(batch), frames);
});

test("what is malformed is refused", () => {
  const wrong: Record<string, string> = {
    "unknown kind": "ff",
    "cut off": "1104",
    "integer too large": "11" + "ff".repeat(7) + "1f" + "00",
    "not in its shortest form": "11840000",
    "a body longer than the batch": "33016105",
    "unknown flag": "010102" + "00".repeat(33),
    "a secret that is cut off": "010200" + "00".repeat(30),
    "not UTF-8": "2001" + "01ff",
    "not one port": "2401000000",
    "ports too deep": "240100000101000000" + "0100010100000000".repeat(40),
  };
  for (const [what, batch] of Object.entries(wrong)) assert.throws(() => decodeFrames(bytes(batch)), what);
});

test("random bytes are refused or read, and what is read comes back", () => {
  let seed = 1;
  const random = (n: number) => (seed = (seed * 48271) % 0x7fffffff) % n;
  const kinds = [1, 2, 3, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x30, 0x31, 0x32, 0x33];
  let read = 0;
  for (let i = 0; i < 50_000; i++) {
    const batch = Uint8Array.from({ length: 1 + random(24) }, () => random(4) && random(256));
    batch[0] = kinds[random(kinds.length)]!;
    for (let j = 1; j < batch.length; j++) if (random(2)) batch[j] = random(3);
    let frames;
    try {
      frames = decodeFrames(batch);
    } catch {
      continue;
    }
    read++;
    const again = Buffer.concat(frames.map(encodeFrame));
    assert.deepEqual(hex(again), hex(batch));
  }
  assert.ok(read > 1000, `${read} read`);
});
