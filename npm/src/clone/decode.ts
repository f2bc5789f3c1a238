import { decodeText } from "../text.ts";
import { dataCloneError, isArrayIndex, isErrorName, maxDepth, typedArrayTags } from "./tables.ts";

// The state of the one decoding that is under way.
let input: Uint8Array;
let at: number;
let argument: number; // of the head that was read last
let marks: (object | undefined)[]; // what tag 28 marked; undefined until it can be referred to
let ports: (MessagePort | undefined)[]; // that have not occurred yet

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The value of a byte form, in this realm. The ports are those that travelled beside the bytes.
 *
 * Throws a DataCloneError, to be told as messageerror, for bytes that are malformed or deeper than
 * 1,000 levels, for a message that turned out to have no byte form (undeliverable), and for what
 * this engine does not have, such as resizable buffers. A FileList is one where a page can make
 * one, elsewhere a frozen Array of Files.
 */
export function decode(bytes: Uint8Array, received: readonly MessagePort[] = []): unknown {
  input = bytes;
  at = 0;
  marks = [];
  ports = [...received];
  try {
    const result = value(0);
    return at < input.length ? fail() : result;
  } catch (error) {
    throw dataCloneError(`offset ${at}: ${(error as Error).message}`);
  }
}

function fail(reason = "malformed"): never {
  throw new Error(reason);
}

/** n bytes of the input, not copied. */
function take(n: number): Uint8Array {
  const bytes = input.subarray(at, (at += n));
  return bytes.length === n ? bytes : fail();
}

/** Reads a head: returns the major type, and leaves the argument in `argument`. */
function head(): number {
  const first = input[at++] ?? fail();
  argument = first & 31;
  if (argument > 27) fail(); // an indefinite or reserved length
  if (argument > 23) {
    let size = 1 << (argument - 24);
    for (argument = 0; size--; ) argument = argument * 256 + (input[at++] ?? fail());
  }
  return first >> 5;
}

/** Reads a head of a major type; returns its argument. */
const expect = (major: number): number => (head() === major ? argument : fail());

const integer = (): number => (input[at]! < 64 ? (value(0) as number) : fail());

function string(): string {
  const v = value(maxDepth);
  return typeof v === "string" ? v : fail();
}

// not slice(), which copies nothing in a Buffer
const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** Adds n members to a container, which they may refer to by its mark. */
function fill<T extends object>(mark: number | undefined, container: T, n: number, depth: number, add: (depth: number) => void): T {
  if (mark !== undefined) marks[mark] = container;
  if (depth === maxDepth) fail();
  while (n--) add(depth + 1);
  return container;
}

/** CreateDataProperty: no setter of a prototype runs, and `__proto__` is a key like any other. */
function define(object: object, key: string | number, v: unknown, enumerable = true): void {
  if (key in object || !enumerable) {
    Object.defineProperty(object, key, { value: v, writable: true, enumerable, configurable: true });
  } else {
    (object as Record<string | number, unknown>)[key] = v;
  }
}

/** Constructs an object of this realm; throws for what this engine lacks. */
const make = (name: string, ...args: unknown[]): any => new (globalThis as any)[name](...args);

/** Reads any value. mark is the number of the tag 28 before it, if there is one. */
function value(depth: number, mark?: number): unknown {
  const first = input[at];
  const major = head();
  const n = argument;
  switch (major) {
    case 0:
    case 1: {
      const integer = major ? -1 - n : n;
      return Number.isSafeInteger(integer) ? integer : fail();
    }
    case 2:
      return copy(take(n));
    case 3: {
      const bytes = take(n);
      // OPTIMIZATION: most keys and many strings are short and ASCII
      let s = "";
      for (let i = 0; n < 24 && i < n && bytes[i]! < 128; i++) s += String.fromCharCode(bytes[i]!);
      return s.length === n ? s : utf8.decode(bytes);
    }
    case 4: {
      const array: unknown[] = [];
      return fill(mark, array, n, depth, (depth) => define(array, array.length, value(depth)));
    }
    case 5: {
      const object = {};
      return fill(mark, object, n, depth, (depth) => property(object, string(), depth));
    }
    case 6:
      return tagged(n, depth, mark);
  }
  if (first === 0xfb) return new DataView(input.buffer, input.byteOffset + at - 8).getFloat64(0);
  if (first === 0xf9 && n === 0x7e00) return NaN;
  return first! > 0xf3 && first! < 0xf8 ? [false, true, null, undefined][n - 20] : fail();
}

/** Reads the value of a property. */
function property(object: object, key: string | number, depth: number): void {
  if (Object.hasOwn(object, key)) fail();
  define(object, key, value(depth));
}

function tagged(tag: number, depth: number, mark?: number): unknown {
  switch (tag) {
    case 1: {
      const seconds = value(maxDepth) as number;
      if (typeof seconds !== "number" || Math.abs(seconds) > 8.64e12) fail();
      const whole = Math.trunc(seconds); // exact, as is the rest; their product at one go would not be
      return new Date(whole * 1000 + Math.round((seconds - whole) * 1000));
    }
    case 2:
    case 3: {
      const n = BigInt(`0x0${Array.from(take(expect(2)), (b) => b.toString(16).padStart(2, "0")).join("")}`);
      return tag === 2 ? n : ~n;
    }
    case 27: {
      const n = expect(4);
      const name = string();
      return (readers[name + n] ?? fail())(mark, depth);
    }
    case 28: {
      const own = mark === undefined ? marks.push(undefined) - 1 : fail();
      const object = value(depth, own);
      return (marks[own] = typeof object === "object" && object ? object : fail());
    }
    case 29:
      return (mark === undefined && marks[expect(0)]) || fail();
    case 258: {
      const set = new Set();
      return fill(mark, set, expect(4), depth, (depth) => {
        const v = value(depth);
        if (set.has(v)) fail();
        set.add(v);
      });
    }
    case 259: {
      const map = new Map();
      return fill(mark, map, expect(5), depth, (depth) => {
        const key = value(depth);
        if (map.has(key)) fail();
        map.set(key, value(depth));
      });
    }
    case 273:
      return decodeText(take(expect(2)));
    case 21066:
      return expect(4) === 2 ? new RegExp(string(), string()) : fail();
  }
  // RFC 8746: bytes, which may be marked
  const name = Object.keys(typedArrayTags).find((name) => typedArrayTags[name] === tag) ?? fail();
  const start = input[at]! >> 5 === 2 || (input[at] === 0xd8 && input[at + 1] === 28 && input[at + 2]! >> 5 === 2);
  return make(name, start ? value(0) : fail());
}

type Reader = (mark: number | undefined, depth: number) => object;

/** What tag 27 may hold: how it is read, by its name and number of members. */
const readers: Record<string, Reader> = {
  ArrayBuffer3() {
    const bytes = take(expect(2));
    const buffer = make("ArrayBuffer", bytes.length, { maxByteLength: integer() });
    new Uint8Array(buffer).set(bytes);
    return buffer.resizable ? buffer : fail("no resizable buffers");
  },
  Array3(mark, depth) {
    const array: unknown[] = [];
    array.length = 2 ** 32 - 1; // so long an array is a table of what is there; V8 would allocate shorter ones
    array.length = integer();
    return fill(mark, array, expect(5), depth, (depth) => {
      const isIndex = input[at]! < 32;
      const key = isIndex ? integer() : string();
      if (isIndex ? +key >= array.length : isArrayIndex(key as string)) fail();
      property(array, key, depth);
    });
  },
  Error3(mark, depth) {
    const name = string();
    const error: Error = make(isErrorName(name) ? name : fail());
    delete error.stack; // it is this function's
    let last = -1;
    return fill(mark, error, expect(5), depth, (depth) => {
      const key = string();
      const i = ["message", "stack", "cause"].indexOf(key);
      if (i <= last) fail();
      last = i;
      define(error, key, i < 2 ? string() : value(depth), false);
    });
  },
  Blob3() {
    const type = string();
    return new Blob([copy(take(expect(2)))], { type });
  },
  File5() {
    const name = string();
    const type = string();
    const lastModified = integer();
    return new File([copy(take(expect(2)))], name, { type, lastModified });
  },
  FileList2(_, depth) {
    const files: File[] = [];
    fill(undefined, files, expect(4), depth, (depth) => {
      const file = value(depth);
      files.push(file instanceof File ? file : fail());
    });
    if (typeof DataTransfer === "undefined") return Object.freeze(files);
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    return transfer.files;
  },
  DOMException3() {
    const name = string();
    return new DOMException(string(), name);
  },
  MessagePort2() {
    const n = integer();
    const port = ports[n] ?? fail("no such port");
    ports[n] = undefined;
    return port;
  },
  undeliverable2: () => fail(`undeliverable: ${string()}`),
};
for (const name of ["Boolean", "Number", "String", "BigInt"]) {
  readers[`${name}2`] = () => {
    const v = value(maxDepth);
    return typeof v === name.toLowerCase() ? Object(v) : fail();
  };
}
for (const name of ["DataView", ...Object.keys(typedArrayTags)]) {
  readers[`${name}4`] = () => {
    const buffer = value(maxDepth) as ArrayBuffer & { resizable?: boolean };
    const offset = buffer instanceof ArrayBuffer ? integer() : fail();
    const length = input[at] === 0xf6 ? value(0) : integer();
    if (length === null && !buffer.resizable) fail();
    return make(name, buffer, offset, length ?? undefined);
  };
}
