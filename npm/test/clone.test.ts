import assert from "node:assert/strict";
import { test } from "node:test";
import buffers from "../../clone/testdata/vectors/buffers.json" with { type: "json" };
import identity from "../../clone/testdata/vectors/identity.json" with { type: "json" };
import objects from "../../clone/testdata/vectors/objects.json" with { type: "json" };
import primitives from "../../clone/testdata/vectors/primitives.json" with { type: "json" };
import refused from "../../clone/testdata/vectors/refused.json" with { type: "json" };
import { decode } from "../src/clone/decode.ts";
import { encode, encodeUndeliverable } from "../src/clone/encode.ts";
import { blobsIn, readContents, show } from "./clone_show.ts";

interface Vector {
  name: string;
  hex: string;
  value: string;
  canonical?: string;
  ports?: number;
  needs?: string;
}

const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (d) => parseInt(d, 16));
const toHex = (b: Uint8Array): string => Buffer.from(b).toString("hex");

/** n ports, and how to close them. */
function makePorts(n = 0): { ports: MessagePort[]; close: () => void } {
  const channels = Array.from({ length: n }, () => new MessageChannel());
  return { ports: channels.map((c) => c.port1), close: () => channels.forEach((c) => c.port1.close()) };
}

for (const [file, vectors] of Object.entries({ primitives, objects, buffers, identity }) as [string, Vector[]][]) {
  test(`vectors: ${file}`, async (t) => {
    for (const v of vectors) await t.test(v.name, () => checkVector(v));
  });
}

async function checkVector(v: Vector): Promise<void> {
  const { ports, close } = makePorts(v.ports);
  try {
    let expected = v.value;
    if (v.needs && !(v.needs in globalThis)) {
      if (v.needs !== "DataTransfer") return void assert.throws(() => decode(fromHex(v.hex), ports), { name: "DataCloneError" });
      expected = expected.replaceAll("FileList[", "["); // a frozen Array
    }
    const value = decode(fromHex(v.hex), ports);
    await readContents(blobsIn(value));
    assert.equal(show(value, ports), expected);
    if (expected !== v.value || expected.includes("stack: ")) return; // an Array is written, or no stack
    const port = (p: MessagePort) => (ports.includes(p) ? ports.indexOf(p) : undefined);
    assert.equal(toHex(await encode(value, { port })), v.canonical ?? v.hex);
  } finally {
    close();
  }
}

test("refused", async (t) => {
  for (const v of refused as { name: string; hex: string; ports?: number }[]) {
    await t.test(v.name, () => {
      const { ports, close } = makePorts(v.ports);
      try {
        assert.throws(() => decode(fromHex(v.hex), ports), { name: "DataCloneError" });
      } finally {
        close();
      }
    });
  }
});

const dataCloneError = (reason: RegExp) => (e: unknown) =>
  e instanceof DOMException && e.name === "DataCloneError" && reason.test(e.message);

test("what has no byte form throws", () => {
  const { port1 } = new MessageChannel();
  try {
    const values: [unknown, RegExp][] = [
      [() => {}, /function/],
      [Symbol(), /symbol/],
      [new SharedArrayBuffer(1), /SharedArrayBuffer/],
      [new Uint8Array(new SharedArrayBuffer(1)), /SharedArrayBuffer/],
      [new ReadableStream(), /ReadableStream/],
      [new WeakMap(), /WeakMap/],
      [Promise.resolve(), /Promise/],
      [port1, /no byte form/],
      [[{ a: new Map([[1, port1]]) }], /no byte form/],
    ];
    for (const [value, reason] of values) assert.throws(() => encode(value), dataCloneError(reason));
    assert.equal(toHex(encode([1]) as Uint8Array), "8101", "a failure leaves nothing behind");
  } finally {
    port1.close();
  }
});

test("more than 1,000 levels throw", () => {
  const nest = (n: number): unknown => Array.from({ length: n }).reduce((inner) => [inner], null);
  assert.ok(encode(nest(1000)));
  assert.throws(() => encode(nest(1001)), dataCloneError(/1000/));
  assert.throws(() => encode(nest(200000)), dataCloneError(/1000/));
});

test("the undeliverable message ends as an error with its reason", () => {
  const bytes = encodeUndeliverable("an ImageBitmap");
  assert.equal(toHex(bytes), "d81b826d756e64656c6976657261626c656e616e20496d6167654269746d6170");
  assert.throws(() => decode(bytes), dataCloneError(/undeliverable: an ImageBitmap/));
});

test("stacks are left out", () => {
  const error = new TypeError("x", { cause: new Error("y") });
  const copy = decode(encode(error) as Uint8Array) as TypeError & { cause: Error };
  assert.ok(copy instanceof TypeError && copy.cause instanceof Error);
  assert.deepEqual(Object.getOwnPropertyDescriptor(copy, "message"), {
    value: "x", writable: true, enumerable: false, configurable: true,
  });
  assert.equal(copy.stack, undefined);
  assert.equal(copy.cause.stack, undefined);
});

test("Blobs are read first, and then the bytes are those of the value", async () => {
  const blob = new Blob(["hello"], { type: "text/plain" });
  const file = new File(["x"], "a.txt", { type: "text/plain", lastModified: 7 });
  const promise = encode([blob, { blob }, file]);
  assert.ok(promise instanceof Promise);
  assert.equal(toHex(encode([1]) as Uint8Array), "8101", "another encoding meanwhile");
  const [a, b, c] = decode(await promise) as [Blob, { blob: Blob }, File];
  assert.ok(a instanceof Blob && a === b.blob && c instanceof File);
  assert.equal(await a.text(), "hello");
  assert.equal(await c.text(), "x");
  assert.deepEqual([a.type, c.type, c.name, c.lastModified], ["text/plain", "text/plain", "a.txt", 7]);
});

test("no setter of a prototype runs, and __proto__ is a key", () => {
  const trap = { configurable: true, set: () => assert.fail("a setter ran") };
  Object.defineProperty(Object.prototype, "trap", trap);
  Object.defineProperty(Array.prototype, "0", trap);
  try {
    const value = decode(fromHex("82a16474726170018163666f6f")) as [object, unknown[]]; // [{trap: 1}, ["foo"]]
    assert.ok(Object.hasOwn(value, 0) && Object.hasOwn(value[0], "trap") && Object.hasOwn(value[1], 0));
  } finally {
    delete (Object.prototype as { trap?: unknown }).trap;
    delete (Array.prototype as unknown[])[0];
  }
  const odd = JSON.parse('{"__proto__": {"x": 1}}') as object;
  const copy = decode(encode(odd) as Uint8Array) as object;
  assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  assert.deepEqual(Object.keys(copy), ["__proto__"]);
});

test("decoding does not keep or change its input, and takes a part of a buffer", () => {
  for (const all of [fromHex("ffff824101f6ffff"), Buffer.from("ffff824101f6ffff", "hex")]) checkPart(all.subarray(2, 6));
});

function checkPart(input: Uint8Array): void {
  const [buffer] = decode(input) as [ArrayBuffer];
  assert.equal(buffer.byteLength, 1);
  new Uint8Array(buffer)[0] = 9;
  assert.equal(toHex(input), "824101f6");
}

test("a sparse array is not allocated by its length", () => {
  const n = 500;
  const body = fromHex("9901f4" + "d81b836541727261791a01000000a0".repeat(n)); // 500 arrays of 16,777,216 holes
  const before = process.memoryUsage().rss;
  const arrays = decode(body) as unknown[][];
  assert.equal(arrays.length, n);
  assert.ok(arrays.every((array) => array.length === 2 ** 24));
  assert.ok(process.memoryUsage().rss - before < 200e6);
});

test("large values", () => {
  const value = { text: "\u00fc".repeat(100000), bytes: new Uint8Array(300000).fill(7), list: Array.from({ length: 50000 }, (_, i) => i) };
  const copy = decode(encode(value) as Uint8Array);
  assert.deepEqual(copy, value);
  const big = 3n ** 100000n;
  assert.equal(decode(encode(big) as Uint8Array), big);
});
