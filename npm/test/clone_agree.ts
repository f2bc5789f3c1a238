// Run by a test of the Go codec, which compares what the two codecs write.
//
//   clone_agree echo                   byte forms on stdin: writes what encode(decode(bytes)) is
//   clone_agree generate SEED COUNT    writes encode(value) of values of its own
//
// On stdin and stdout each byte form has its length before it, four bytes, big endian. An error
// is the length 2^32-1, and then a text.

import { readFileSync, writeSync } from "node:fs";
import { decode } from "../src/clone/decode.ts";
import { encode } from "../src/clone/encode.ts";

const channels = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
const ports = channels.map((channel) => channel.port1);
const port = (p: MessagePort): number | undefined => (ports.includes(p) ? ports.indexOf(p) : undefined);

const results: Buffer[] = [];
const length = (n: number): Buffer => Buffer.of(n >>> 24, n >>> 16, n >>> 8, n);
async function answer(value: () => unknown): Promise<void> {
  try {
    const bytes = await encode(value(), { port });
    results.push(length(bytes.length), Buffer.from(bytes));
  } catch (error) {
    const text = Buffer.from(String((error as Error).stack));
    results.push(length(0xffffffff), length(text.length), text);
  }
}

async function echo(): Promise<void> {
  const input = readFileSync(0);
  for (let at = 0; at < input.length; ) {
    const n = input.readUInt32BE(at);
    const bytes = input.subarray(at + 4, at + 4 + n);
    at += 4 + n;
    await answer(() => decode(bytes, ports));
  }
}

/** Values with everything that has a byte form, with shared objects and cycles. */
class Generator {
  state: number;
  made: unknown[] = [];
  left = 60;

  constructor(seed: number) {
    this.state = seed;
  }

  /** A number below n. */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  pick<T>(...choices: T[]): T {
    return choices[this.below(choices.length)]!;
  }

  keep<T>(object: T): T {
    this.made.push(object);
    return object;
  }

  times<T>(n: number, make: (i: number) => T): T[] {
    return Array.from({ length: n }, (_, i) => make(i));
  }

  value(): unknown {
    if (this.left <= 0 || this.below(3) === 0) return this.primitive();
    if (this.made.length && this.below(6) === 0) return this.pick(...this.made);
    this.left--;
    return this.below(2) ? this.container() : this.keep(this.leaf());
  }

  primitive(): unknown {
    return this.pick<() => unknown>(
      () => null, () => undefined, () => true, () => false, () => this.text(), () => this.text(), () => this.number(),
      () => BigInt(this.number() | 0) ** BigInt(this.below(9)),
    )();
  }

  number(): number {
    return this.pick(0, -0, NaN, Infinity, -Infinity, 1.5, 2 ** 53, -(2 ** 53), 2 ** 53 - 1, 1 - 2 ** 53, 5e-324, 23, 24, 255, 256,
      65535, 65536, 2 ** 32, -24, -25, this.below(1e9) / 7, -this.below(1e9));
  }

  text(): string {
    return this.times(this.below(4), () => this.pick("a", "key", "0", "17", "length", "__proto__", "\u00fc", "\ufeff", "\u{1f600}",
      "\ud800", "\udfff", "\0", "4294967294", "4294967295", "-1", "a string longer than twenty-three bytes")).join("");
  }

  container(): unknown {
    const n = this.below(12) ? this.below(6) : 15 + this.below(20);
    switch (this.below(6)) {
      case 0: {
        if (!n) return []; // Go has no identity for an empty list
        const array = this.keep<unknown[]>([]);
        for (let i = 0; i < n; i++) array.push(this.value());
        return array;
      }
      case 1: {
        const array = this.keep<unknown[]>(new Array(2 ** 32 - 1)); // which V8 does not allocate, also not when it is shortened
        array.length = 1 + this.below(2 ** 32 - 1);
        for (let i = 0; i < n; i++) array[this.below(array.length)] = this.value();
        for (const key of this.times(n, () => `x${this.text()}`)) Object.assign(array, { [key]: this.value() });
        return array;
      }
      case 2: {
        const map = this.keep(new Map());
        for (let i = 0; i < n; i++) map.set(this.value(), this.value());
        return map;
      }
      case 3: {
        const set = this.keep(new Set());
        for (let i = 0; i < n; i++) set.add(this.value());
        return set;
      }
      case 4: {
        const Type = this.pick(Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError);
        const error = this.keep(new Type(...(this.below(2) ? [this.text()] : [])));
        if (this.below(2)) error.cause = this.value();
        return error;
      }
    }
    const object = this.keep<Record<string, unknown>>({});
    // a Go map has its keys sorted by their UTF-8, and so does what comes back
    const keys = [...new Set(this.times(n, () => this.text()))].sort((a, b) => Buffer.compare(wtf8(a), wtf8(b)));
    for (const key of keys) {
      Object.defineProperty(object, key, { value: this.value(), enumerable: true, writable: true, configurable: true });
    }
    return object;
  }

  leaf(): unknown {
    return this.pick<() => unknown>(
      () => new Date(this.pick(NaN, 0, 1, -1, 8.64e15, -8.64e15, this.below(1e9) * 1000, this.below(1e9) * 999)),
      () => this.pick(/a/g, new RegExp(""), /\//dgimsuy, new RegExp("[\u00fc]", "v")),
      () => Object(this.pick<unknown>(true, this.number(), this.text(), 5n)),
      () => this.buffer(),
      () => this.view(),
      () => this.view(),
      () => new DOMException(this.text(), this.text()),
      () => new Blob([`${this.below(1000)}`], { type: this.pick("", "text/plain") }),
      () => new File(["x"], this.pick("a", "\u00fc.txt"), { type: "text/plain", lastModified: this.below(2000) - 1000 }),
    )();
  }

  buffer(): ArrayBuffer {
    const resizable = this.below(3) === 0;
    const n = resizable ? 8 * this.below(4) : this.below(40);
    const buffer: ArrayBuffer = this.keep(resizable ?
      new ArrayBuffer(n, { maxByteLength: n + 8 * this.below(3) } as {}) : new ArrayBuffer(n));
    new Uint8Array(buffer).forEach((_, i, bytes) => (bytes[i] = this.below(256)));
    return buffer;
  }

  view(): unknown {
    const buffers = this.made.filter((o): o is ArrayBuffer => o instanceof ArrayBuffer);
    const buffer = buffers.length && this.below(2) ? this.pick(...buffers) : this.buffer();
    const Type = this.pick<any>(DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
      Float32Array, Float64Array, BigInt64Array, BigUint64Array);
    const size: number = Type.BYTES_PER_ELEMENT ?? 1;
    const all = Math.floor(buffer.byteLength / size);
    const offset = this.below(2) ? 0 : this.below(all + 1);
    const rest = all - offset;
    if (this.below(2) && buffer.byteLength % size === 0) {
      return rest ? new Type(buffer, offset * size) : new Type(buffer, offset * size, 0);
    }
    return new Type(buffer, offset * size, this.below(rest + 1));
  }
}

function wtf8(s: string): Buffer {
  return Buffer.concat([...s].map((c) => {
    const code = c.charCodeAt(0);
    const lone = c.length === 1 && code >> 11 === 0x1b;
    return lone ? Buffer.of(0xed, 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)) : Buffer.from(c);
  }));
}

async function generate(seed: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const generator = new Generator(seed + i);
    await answer(() => generator.times(1 + generator.below(4), () => generator.value()));
  }
}

const [mode, seed, count] = process.argv.slice(2);
await (mode === "echo" ? echo() : generate(Number(seed), Number(count)));
const all = Buffer.concat(results);
for (let at = 0; at < all.length; ) at += writeSync(1, all, at);
process.exit(); // open ports would keep it alive
