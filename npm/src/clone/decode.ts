import { dataCloneError, errorNames, maxDepth, realm, typedArrayTags } from "./tables.ts";

// The state of the one decoding that is under way.
let input = new Uint8Array();
let view = new DataView(input.buffer);
let at = 0;
let argument = 0; // of the head that was read last
let marks: (object | undefined)[] = []; // what tag 28 marked; undefined until it can be referred to
let ports: readonly MessagePort[] = [];
let taken: Set<number> = new Set(); // the ports that occurred

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const typedArrays = new Map(Object.entries(typedArrayTags).map(([name, tag]) => [tag, name]));

/**
 * The value of a byte form, in this realm. The ports are those that travelled beside the bytes.
 *
 * Throws a DataCloneError, to be told as messageerror, for bytes that are malformed or deeper than
 * 1,000 levels, for a message that turned out to have no byte form (undeliverable), and for
 * what this engine does not have, such as resizable buffers. A FileList is one where a page can make
 * one, elsewhere a frozen Array of Files.
 */
export function decode(bytes: Uint8Array, received: readonly MessagePort[] = []): unknown {
  input = bytes as typeof input;
  view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  at = 0;
  marks = [];
  taken = new Set();
  ports = received;
  try {
    const result = value(0);
    if (at < input.length) fail("more than one item");
    return result;
  } catch (error) {
    throw dataCloneError(`offset ${at}: ${(error as Error).message}`);
  } finally {
    input = new Uint8Array();
    marks = [];
    ports = [];
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}

/** Reads a head: returns the major type, with the argument in `argument`; for floats it is the number. */
function head(): number {
  const first = view.getUint8(at++);
  const major = first >> 5;
  const info = first & 31;
  const size = info < 24 ? 0 : info < 28 ? 1 << (info - 24) : fail("reserved or indefinite length");
  if (!size) argument = info;
  else if (major === 7) argument = size === 8 ? view.getFloat64(at) : size === 4 ? view.getFloat32(at) : half();
  else if (size === 1) argument = view.getUint8(at);
  else if (size === 2) argument = view.getUint16(at);
  else if (size === 4) argument = view.getUint32(at);
  else argument = Number(view.getBigUint64(at));
  at += size;
  return size && major === 7 ? 8 : major;
}

function half(): number {
  const bits = view.getUint8(at - 1) === 0xf9 ? view.getUint16(at) : fail("unknown simple value");
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 31 ? (fraction ? NaN : Infinity)
    : exponent ? 2 ** (exponent - 25) * (fraction + 1024) : fraction * 2 ** -24;
  return bits >> 15 ? -magnitude : magnitude;
}

function expect(major: number): number {
  if (head() !== major) fail("unexpected type");
  return argument;
}

/** n bytes of the input, not copied. */
function take(n: number): Uint8Array {
  if (n > input.length - at) fail("length exceeds the input");
  return input.subarray(at, (at += n));
}

const takeBuffer = (n: number): ArrayBuffer => take(n).slice().buffer as ArrayBuffer;

function integer(): number {
  const major = head();
  return safe(major === 0 ? argument : major === 1 ? -1 - argument : fail("unexpected type"));
}

const length = (): number => safe(expect(0));

function safe(n: number): number {
  return Number.isSafeInteger(n) ? n : fail("integer beyond 2^53-1");
}

function text(n: number): string {
  const bytes = take(n);
  let s = "";
  if (n > 23) return utf8.decode(bytes);
  // OPTIMIZATION: most keys and many strings are short and ASCII
  for (const c of bytes) {
    if (c > 127) return utf8.decode(bytes);
    s += String.fromCharCode(c);
  }
  return s;
}

function wtf8(bytes: Uint8Array): string {
  let s = "";
  let from = 0;
  bytes.forEach((b, i) => {
    if (b !== 0xed || bytes[i + 1]! >> 5 !== 5) return;
    const unit = 0xd000 | ((bytes[i + 1]! & 63) << 6) | (bytes[i + 2]! & 63);
    s += utf8.decode(bytes.subarray(from, i));
    // a lone surrogate is whole, and does not complete a pair
    if (bytes[i + 2]! >> 6 !== 2 || (unit >> 10 === 0x37 && s.charCodeAt(s.length - 1) >> 10 === 0x36)) fail("not WTF-8");
    s += String.fromCharCode(unit);
    from = i + 3;
  });
  return s + utf8.decode(bytes.subarray(from));
}

function string(): string {
  const v = value(maxDepth);
  return typeof v === "string" ? v : fail("not a string");
}

/** Notes an object for references to its mark. */
function keep<T extends object>(mark: number, object: T): T {
  if (mark >= 0) marks[mark] = object;
  return object;
}

function deeper(depth: number): number {
  return depth < maxDepth ? depth + 1 : fail(`deeper than ${maxDepth} levels`);
}

/** CreateDataProperty: no setter of a prototype runs, and `__proto__` is a key like any other. */
function define(object: object, key: string | number, v: unknown): void {
  if (key in object) Object.defineProperty(object, key, { value: v, writable: true, enumerable: true, configurable: true });
  else (object as Record<string | number, unknown>)[key] = v;
}

function make(name: string, ...args: unknown[]): any {
  const constructor = realm[name];
  return constructor ? new constructor(...args) : fail(`this engine has no ${name}`);
}

/** Reads any value. mark is the number of the tag 28 before it, or -1. */
function value(depth: number, mark = -1): unknown {
  const major = head();
  let n = argument;
  switch (major) {
    case 0:
      return safe(n);
    case 1:
      return safe(-1 - n);
    case 2:
      return keep(mark, takeBuffer(n));
    case 3:
      return text(n);
    case 4: {
      const array = keep(mark, []);
      depth = deeper(depth);
      for (let i = 0; i < n; i++) define(array, i, value(depth));
      return array;
    }
    case 5: {
      const object = keep(mark, {});
      depth = deeper(depth);
      while (n--) {
        const key = string();
        if (Object.hasOwn(object, key)) fail("duplicate key");
        define(object, key, value(depth));
      }
      return object;
    }
    case 6:
      return tagged(n, depth, mark);
    case 7:
      return n > 19 ? [false, true, null, undefined][n - 20] : fail("unknown simple value");
    default:
      return n; // a float
  }
}

function tagged(tag: number, depth: number, mark: number): unknown {
  switch (tag) {
    case 1: {
      const seconds = value(maxDepth);
      const time = typeof seconds === "number" ? Math.round(seconds * 1000) : fail("not a number");
      return keep(mark, new Date(Math.abs(time) > 8.64e15 ? fail("date out of range") : time));
    }
    case 2:
    case 3: {
      const hex = Array.from(take(expect(2)), (b) => b.toString(16).padStart(2, "0")).join("");
      const n = BigInt(`0x0${hex}`);
      return tag === 2 ? n : -1n - n;
    }
    case 27:
      return named(expect(4), depth, mark);
    case 28: {
      const next = marks.push(undefined) - 1;
      const object = value(depth, next);
      if (mark >= 0 || !marks[next] || marks[next] !== object) fail("a mark on what is not an object");
      return object;
    }
    case 29:
      return marks[expect(0)] ?? fail("reference to nothing");
    case 258: {
      const set = keep(mark, new Set());
      depth = deeper(depth);
      for (let n = expect(4); n--; ) {
        const v = value(depth);
        if (set.has(v)) fail("duplicate value");
        set.add(v);
      }
      return set;
    }
    case 259: {
      const map = keep(mark, new Map());
      depth = deeper(depth);
      for (let n = expect(5); n--; ) {
        const key = value(depth);
        if (map.has(key)) fail("duplicate key");
        map.set(key, undefined);
        map.set(key, value(depth));
      }
      return map;
    }
    case 273:
      return wtf8(take(expect(2)));
    case 21066:
      if (expect(4) !== 2) fail("wrong number of members");
      return keep(mark, new RegExp(string(), string()));
    default:
      return keep(mark, make(typedArrays.get(tag) ?? fail("unknown tag"), plainBuffer()));
  }
}

/** The buffer of an RFC 8746 typed array: bytes, which may be marked. */
function plainBuffer(): ArrayBuffer {
  let major = head();
  let mark = -1;
  if (major === 6 && argument === 28) {
    mark = marks.push(undefined) - 1;
    major = head();
  }
  return major === 2 ? keep(mark, takeBuffer(argument)) : fail("unexpected type");
}

/** Reads what is in tag 27: an array of n members, of which the first is the name. */
function named(n: number, depth: number, mark: number): unknown {
  const name = string();
  const reader = readers[name];
  if (!Object.hasOwn(readers, name) || !reader || reader[0] !== n) return fail("unknown name or number of members");
  return reader[1](mark, depth, name);
}

type Reader = [members: number, read: (mark: number, depth: number, name: string) => object];

const boxed: Reader = [2, (mark, _, name) => {
  const v = value(maxDepth);
  return keep(mark, typeof v === name.toLowerCase() ? Object(v) : fail("unexpected type"));
}];

const arrayBufferView: Reader = [4, (mark, _, name) => {
  const buffer = value(maxDepth) as ArrayBuffer & { resizable?: boolean };
  if (!(buffer instanceof ArrayBuffer)) fail("not a buffer");
  const offset = length();
  if (input[at] !== 0xf6) return keep(mark, make(name, buffer, offset, length()));
  at++;
  return keep(mark, buffer.resizable ? make(name, buffer, offset) : fail("a fixed buffer's length is not tracked"));
}];

/** What tag 27 may hold, by name. */
const readers: Record<string, Reader> = {
  Boolean: boxed,
  Number: boxed,
  String: boxed,
  BigInt: boxed,
  DataView: arrayBufferView,
  ArrayBuffer: [3, (mark) => {
    const bytes = take(expect(2));
    const buffer = make("ArrayBuffer", bytes.length, { maxByteLength: length() });
    new Uint8Array(buffer).set(bytes);
    return buffer.resizable ? keep(mark, buffer) : fail("this engine has no resizable buffers");
  }],
  Array: [3, (mark, depth) => {
    const array: unknown[] = keep(mark, []);
    array.length = length();
    depth = deeper(depth);
    for (let n = expect(5); n--; ) {
      const isIndex = view.getUint8(at) < 0x20;
      const key = isIndex ? length() : string();
      const misplaced = isIndex ? +key >= array.length : `${+key >>> 0}` === key && +key < 2 ** 32 - 1;
      if (misplaced || Object.hasOwn(array, key)) fail("duplicate or misplaced key");
      define(array, key, value(depth));
    }
    return array;
  }],
  Error: [3, (mark, depth) => {
    const name = string();
    const error: Error = keep(mark, make(errorNames.includes(name) ? name : fail("unknown error")));
    delete error.stack; // it is this function's
    depth = deeper(depth);
    const keys = ["message", "stack", "cause"];
    let next = 0;
    for (let n = expect(5); n--; ) {
      const key = string();
      const i = keys.indexOf(key, next);
      if (i < 0) fail("unknown, duplicate or misplaced key");
      next = i + 1;
      const v = i < 2 ? string() : value(depth);
      Object.defineProperty(error, key, { value: v, writable: true, configurable: true });
    }
    return error;
  }],
  Blob: [3, (mark) => {
    const type = string();
    return keep(mark, make("Blob", [take(expect(2))], { type }));
  }],
  File: [5, (mark) => {
    const name = string();
    const type = string();
    const lastModified = integer();
    return keep(mark, make("File", [take(expect(2))], name, { type, lastModified }));
  }],
  FileList: [2, (mark) => {
    const files: File[] = [];
    for (let n = expect(4); n--; ) {
      const file = value(maxDepth);
      files.push(realm.File && file instanceof realm.File ? (file as File) : fail("not a File"));
    }
    if (!realm.DataTransfer) return keep(mark, Object.freeze(files));
    const transfer: DataTransfer = make("DataTransfer");
    for (const file of files) transfer.items.add(file);
    return keep(mark, transfer.files);
  }],
  DOMException: [3, (mark) => {
    const name = string();
    return keep(mark, make("DOMException", string(), name));
  }],
  MessagePort: [2, (mark) => {
    const n = length();
    const port = ports[n] ?? fail("a port that did not come along");
    if (taken.has(n)) fail("a port that occurred before");
    taken.add(n);
    return keep(mark, port);
  }],
  undeliverable: [2, () => fail(`undeliverable: ${text(expect(3))}`)],
};
for (const name in typedArrayTags) readers[name] = arrayBufferView;
