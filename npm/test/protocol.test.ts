import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Effect, Endpoint, type Event, type Held } from "../src/protocol/endpoint.ts";
import { decodeFrames, encodeFrame, type Flow, type Frame, Kind, type PortState } from "../src/protocol/frame.ts";

// The logs that Go's endpoint has written: bodies and frames are hex, fields that are zero
// may be missing. ENTANGLE_LOGS names another folder of them.
const { ENTANGLE_LOGS, ENTANGLE_FUZZ } = process.env;
const folder = ENTANGLE_LOGS ? pathToFileURL(`${ENTANGLE_LOGS}/`) : new URL("../../../protocol/testdata/vectors/", import.meta.url);

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
  const zero = { listener: 0, name: "", origin: "", service: false, unsent: false };
  const event: Json = { ...zero, ...json, secret: bytes(json.secret ?? ""),
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
    const endpoint = new Endpoint(steps[0]!["event"].first);
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
  const frames = [{ kind: 0x11, port: 300, next: 2 ** 53 - 1, limit: [2 ** 53 - 1, 5] as const }, { kind: 0x30, name: "漢\ud800" }];
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
    "more retained than sent": "24010000010100000100" + "00".repeat(8),
    "ports too deep": "240100000101000000" + "00".repeat(6) + ("010001010000" + "00".repeat(6) + "00").repeat(40),
  };
  for (const [what, batch] of Object.entries(wrong)) assert.throws(() => decodeFrames(bytes(batch)), what);
});

test("a hub that says anything does an endpoint no harm", () => {
  let seed = 7;
  const random = (n: number) => (seed = (seed * 48271) % 0x7fffffff) % n;
  const handle = () => [1, 3, 4, 5, 6, 7, 8, 10][random(8)]!;
  const body = () => new Uint8Array(random(3));
  const states = (depth: number, count = random(3)): PortState[] =>
    Array.from({ length: depth > 2 ? 0 : count }, () => {
      const retained = messages(depth + 1);
      const sendNext = retained.length + random(3);
      const flow = Array.from({ length: 6 }, () => (random(3) ? 0 : random(2 ** 20))) as Flow;
      const [port, queue] = [random(4) && handle(), messages(depth + 1)];
      return { port, lost: random(2) === 0, sendNext, recvNext: random(3), retained, queue, flow };
    });
  const messages = (depth: number) => Array.from({ length: random(4) && random(2) }, () => ({ body: body(), ports: states(depth) }));
  const kinds = Object.values(Kind);
  const frame = (): Frame => {
    const kind = kinds[random(kinds.length)]!;
    const ports = states(0, kind === Kind.connection || kind === Kind.connect ? 1 : random(3));
    const [port, seq, next] = [handle(), random(4), random(4)];
    const limit = [random(9), random(9)] as const;
    return { kind, port, seq, next, limit, body: body(), ports, listener: random(3), name: "x", origin: "", user: "", endpoint: "",
      secret: new Uint8Array(32), version: 4, maxBody: 1, absence: 120_000, ticket: new Uint8Array(random(3)), handles: 0,
      channels: 0, resumed: [], code: [0, 1, 2, 3015][random(4)]!, text: "" };
  };
  const held = (): Held[] => (random(3) ? [] : [{ port: handle(), lost: false, queue: [] }]);
  const event = (): Event => {
    const port = handle();
    switch (random(17)) {
      case 9: return { kind: "dispatched", port, count: random(3) };
      case 0: return { kind: "start", secret: new Uint8Array(32), origin: "", service: false };
      case 1: return { kind: "lost" };
      case 2: return { kind: "channel" };
      case 3: return { kind: "connect", name: "x", origin: "" };
      case 4: return { kind: "post", port, body: body(), ports: held() };
      case 5: return { kind: "close", port };
      case 6: return { kind: "time", unsent: random(2) === 0 };
      case 7: return { kind: "listen", listener: random(3), name: "x" };
      case 8: return random(9) ? { kind: "subscribe", name: "x" } : { kind: "broadcast", name: "x", body: body() };
      default: return { kind: "frame", frame: decodeFrames(encodeFrame(frame()))[0]! };
    }
  };
  // FUZZ_SECONDS=60 npm test goes on for a minute.
  const until = performance.now() + 1000 * Number(process.env["FUZZ_SECONDS"] ?? 0);
  let sent = 0;
  for (let run = 0; run < 2000 || performance.now() < until; run++) {
    const endpoint = new Endpoint(random(2) ? [9, 3] : undefined);
    endpoint.step(0, { kind: "start", secret: new Uint8Array(32), origin: "", service: false });
    for (let i = 0, now = 0; i < 40; i++) {
      now += random(2) ? 0 : random(3) ? random(30) : random(40_000);
      for (const effect of endpoint.step(now, event())) {
        if (effect.kind !== "send") continue;
        sent++;
        const bytes = encodeFrame(effect.frame);
        assert.equal(hex(encodeFrame(decodeFrames(bytes)[0]!)), hex(bytes));
      }
      assert.ok(endpoint.undelivered >= 0 && !Number.isNaN(endpoint.deadline));
    }
  }
  assert.ok(sent > 10_000, `${sent} sent`);
});

test("logs whose frames are damaged do an endpoint no harm", () => {
  // ENTANGLE_FUZZ=300 goes on for five minutes; ENTANGLE_SEED=n begins with other damages.
  let seed = Number(process.env["ENTANGLE_SEED"] ?? 11);
  const random = (n: number) => (seed = (seed * 48271) % 0x7fffffff) % n;
  const logs = readdirSync(folder).sort().map((file): Json[] => JSON.parse(readFileSync(new URL(file, folder), "utf8")));
  const frames = logs.flat().flatMap(({ event }) => (event.frame ? [bytes(event.frame)] : []));
  const damaged = (frame: Uint8Array): Uint8Array => {
    const other = frames[random(frames.length)]!;
    const copy = [...(random(4) ? frame : other)];
    for (let n = random(4); n > 0; n--) {
      const at = random(copy.length);
      if (random(3) > 0) copy[at] = random(3) ? random(8) : random(256);
      else if (random(2)) copy.splice(at, 1 + random(3));
      else copy.splice(at, 0, ...other.subarray(random(other.length), random(other.length)));
    }
    return Uint8Array.from(copy);
  };
  let [taken, refused, failed, runs, slowest] = [0, 0, 0, 0, 0];
  const end = performance.now() + 1000 * Number(ENTANGLE_FUZZ ?? 5);
  for (; performance.now() < end; runs++) {
    const first = seed;
    const endpoint = new Endpoint();
    const began = performance.now();
    const said: string[] = [];
    try {
      for (const { now, event } of logs[random(logs.length)]!) {
        let happening: Event | undefined;
        try {
          happening = eventOf(event.frame && random(8) === 0 ? { ...event, frame: hex(damaged(bytes(event.frame))) } : event);
        } catch (error) {
          // What decoding throws says where a batch is malformed, or that a text is not WTF-8.
          assert.ok(error instanceof RangeError || (error instanceof TypeError && /WTF-8|encod/.test(error.message)), String(error));
          refused++;
          continue;
        }
        if (happening.kind === "frame" && !happening.frame) continue; // nothing was left of it
        if (event.frame) said.push(event.frame);
        for (const effect of endpoint.step(now, happening)) {
          if (effect.kind === "send") encodeFrame(effect.frame);
          if (effect.kind === "failed") failed++;
        }
        taken++;
        assert.ok(endpoint.undelivered >= 0 && !Number.isNaN(endpoint.deadline));
      }
    } catch (error) {
      throw new Error(`ENTANGLE_SEED=${first}: after ${said.length} frames`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - began);
  }
  console.log(`${runs} logs, ${taken} events taken, ${refused} batches refused, ${failed} failures, slowest ${Math.round(slowest)} ms`);
  assert.ok(refused > 100 && failed > 0, `${refused} refused, ${failed} failures`);
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
