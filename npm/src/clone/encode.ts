import { dataCloneError, errorNames, maxDepth, realm, typedArrayTags } from "./tables.ts";

export interface EncodeOptions {
  /**
   * The number of a port that travels beside the bytes; undefined for a port that does not travel, which
   * is a DataCloneError. Asked once or twice for each port of the value: it has to give the same answer.
   */
  port?: (port: MessagePort) => number | undefined;
  /** Writes the stacks of errors. Default: false, since a stack shows a page's inner life to the other party. */
  stacks?: boolean;
}

// The state of the one encoding that is under way; encode() does not wait while it uses it.
let out = new Uint8Array(1024);
let view = new DataView(out.buffer);
let at = 0;
let options: EncodeOptions = {};
let begins = new Map<object, number>(); // where each object begins in out
let references: [at: number, begin: number][] = []; // a byte is left in out for each
let blobs = new Map<Blob, Uint8Array>();
let unread: Blob[] = [];

const encoder = new TextEncoder();

/**
 * The byte form of a value that came out of a native structured clone (of event.data, or of
 * structuredClone()); a promise of it if there are Blobs, which have to be read first. The value has to
 * stay as it is until then.
 *
 * Throws, or rejects with, a DataCloneError if the value has no byte form, such as an ImageBitmap, a
 * CryptoKey, a stream, a SharedArrayBuffer, or more than 1,000 levels.
 */
export function encode(value: unknown, opts: EncodeOptions = {}): Uint8Array | Promise<Uint8Array> {
  const read = new Map<Blob, Uint8Array>();
  const bytes = encodeWith(value, opts, read);
  if (!unread.length) return bytes;
  const load = async (blob: Blob) => read.set(blob, new Uint8Array(await blob.arrayBuffer()));
  return Promise.all(unread.map(load)).then(() => encodeWith(value, opts, read));
}

/** The bytes that stand for a message without a byte form: it ends as messageerror at the receiver. */
export function encodeUndeliverable(reason: string): Uint8Array {
  begin();
  named("undeliverable", 2);
  text(encoder.encode(reason)); // which replaces lone surrogates
  return splice();
}

function encodeWith(value: unknown, opts: EncodeOptions, read: Map<Blob, Uint8Array>): Uint8Array {
  begin();
  options = opts;
  blobs = read;
  write(value, 0);
  return splice();
}

function begin(): void {
  at = 0;
  if (out.length > 65536) resize(1024);
  begins = new Map();
  references = [];
  unread = [];
}

function resize(n: number): void {
  const old = out;
  out = new Uint8Array(n);
  view = new DataView(out.buffer);
  out.set(old.subarray(0, at));
}

function room(n: number): void {
  if (at + n > out.length) resize(2 * (at + n));
}

function byte(b: number): void {
  room(1);
  out[at++] = b;
}

function put(bytes: Uint8Array): void {
  room(bytes.length);
  out.set(bytes, at);
  at += bytes.length;
}

function head(major: number, n: number): void {
  room(9);
  major <<= 5;
  if (n < 24) out[at++] = major | n;
  else if (n < 0x100) view.setUint16((at += 2) - 2, ((major | 24) << 8) | n);
  else {
    const [info, size] = n < 0x10000 ? [25, 2] : n < 0x100000000 ? [26, 4] : [27, 8];
    out[at++] = major | info;
    if (size === 2) view.setUint16(at, n);
    else if (size === 4) view.setUint32(at, n);
    else view.setBigUint64(at, BigInt(n));
    at += size;
  }
}

/** tag 27 on an array of n members, of which the first is the name. */
function named(name: string, n: number): void {
  head(6, 27);
  head(4, n);
  string(name);
}

function bytes(b: Uint8Array): void {
  head(2, b.length);
  put(b);
}

function text(utf8: Uint8Array): void {
  head(3, utf8.length);
  put(utf8);
}

function number(n: number): void {
  if (Number.isSafeInteger(n) && !Object.is(n, -0)) {
    if (n < 0) head(1, -1 - n);
    else head(0, n);
  } else if (n !== n) {
    head(7, 0x7e00);
  } else {
    room(9);
    out[at] = 0xfb;
    view.setFloat64(at + 1, n);
    at += 9;
  }
}

function bigint(n: bigint): void {
  head(6, n < 0n ? 3 : 2);
  const hex = (n < 0n ? -1n - n : n).toString(16);
  const digits = hex === "0" ? "" : hex.length % 2 ? "0" + hex : hex;
  bytes(Uint8Array.from(digits.match(/../g) ?? [], (d) => parseInt(d, 16)));
}

function string(s: string): void {
  const n = s.length;
  if (n < 24) {
    // OPTIMIZATION: most keys and many strings are short and ASCII
    room(24);
    let i = 0;
    for (; i < n; i++) {
      const c = s.charCodeAt(i);
      if (c > 127) break;
      out[at + 1 + i] = c;
    }
    if (i === n) {
      out[at] = 0x60 | n;
      at += n + 1;
      return;
    }
  }
  const parts = s.split(/(\p{Cs})/u); // the odd ones are the lone surrogates
  if (parts.length < 2) return text(encoder.encode(s));
  head(6, 273);
  bytes(Uint8Array.from(parts.flatMap((part, i) => {
    const c = part.charCodeAt(0);
    return i % 2 ? [0xed, ((c >> 6) & 63) | 128, (c & 63) | 128] : [...encoder.encode(part)];
  })));
}

function write(value: unknown, depth: number): void {
  switch (typeof value) {
    case "undefined":
      return byte(0xf7);
    case "boolean":
      return byte(value ? 0xf5 : 0xf4);
    case "number":
      return number(value);
    case "bigint":
      return bigint(value);
    case "string":
      return string(value);
    case "object":
      if (!value) return byte(0xf6);
      if (!refer(value)) object(value, depth);
      return;
    default:
      throw dataCloneError(`a ${typeof value} cannot be cloned`);
  }
}

/** Leaves a place for a reference if the object was written before, else notes where it begins. */
function refer(object: object): boolean {
  const where = begins.get(object);
  if (where === undefined) {
    begins.set(object, at);
    return false;
  }
  references.push([at, where]);
  byte(0);
  return true;
}

function object(value: object, depth: number): void {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) array(value, deeper(depth));
  else if (prototype === Object.prototype || !prototype) {
    const keys = Object.keys(value);
    head(5, keys.length);
    properties(value, keys, deeper(depth));
  } else if (ArrayBuffer.isView(value)) {
    arrayBufferView(value);
  } else {
    for (const name in platform) {
      const constructor = realm[name];
      if (constructor && value instanceof constructor) return platform[name]!(value, depth);
    }
    throw dataCloneError(`${prototype.constructor?.name ?? "this object"} has no byte form`);
  }
}

function deeper(depth: number): number {
  if (depth === maxDepth) throw dataCloneError(`deeper than ${maxDepth} levels`);
  return depth + 1;
}

function properties(value: object, keys: string[], depth: number, indices = 0): void {
  keys.forEach((key, i) => {
    if (i < indices) number(+key);
    else string(key);
    write((value as Record<string, unknown>)[key], depth);
  });
}

function array(value: unknown[], depth: number): void {
  const n = value.length;
  const keys = Object.keys(value);
  // indices come first and ascend: n keys of which the last is n-1 are all the indices and nothing else
  if (keys.length === n && (!n || keys[n - 1] === `${n - 1}`)) {
    head(4, n);
    for (let i = 0; i < n; i++) write(value[i], depth);
    return;
  }
  named("Array", 3);
  number(n);
  head(5, keys.length);
  const indices = keys.findIndex((key) => `${+key >>> 0}` !== key || +key === 2 ** 32 - 1);
  properties(value, keys, depth, indices < 0 ? keys.length : indices);
}

/** How each platform object is written; a subclass stands before its superclass. */
const platform: Record<string, (value: any, depth: number) => void> = {
  Map(value: Map<unknown, unknown>, depth) {
    head(6, 259);
    head(5, value.size);
    depth = deeper(depth);
    for (const [key, v] of value) {
      write(key, depth);
      write(v, depth);
    }
  },
  Set(value: Set<unknown>, depth) {
    head(6, 258);
    head(4, value.size);
    depth = deeper(depth);
    for (const v of value) write(v, depth);
  },
  Date(value: Date) {
    head(6, 1);
    number(+value / 1000);
  },
  RegExp(value: RegExp) {
    head(6, 21066);
    head(4, 2);
    string(value.source);
    string(value.flags);
  },
  ArrayBuffer: arrayBuffer,
  DOMException(value: DOMException) {
    named("DOMException", 3);
    string(value.name);
    string(value.message);
  },
  Error: error,
  File(value: File) {
    named("File", 5);
    string(value.name);
    string(value.type);
    number(value.lastModified);
    blob(value);
  },
  Blob(value: Blob) {
    named("Blob", 3);
    string(value.type);
    blob(value);
  },
  FileList(value: FileList, depth) {
    named("FileList", 2);
    head(4, value.length);
    for (const file of value) write(file, depth);
  },
  MessagePort(value: MessagePort) {
    const n = options.port?.(value);
    if (n === undefined) throw dataCloneError("a MessagePort that is not transferred");
    named("MessagePort", 2);
    number(n);
  },
  Boolean: boxed,
  Number: boxed,
  String: boxed,
  BigInt: boxed,
};

function boxed(value: object): void {
  const primitive: unknown = value.valueOf();
  const name = typeof primitive;
  named(name === "bigint" ? "BigInt" : name[0]!.toUpperCase() + name.slice(1), 2);
  write(primitive, 0);
}

function blob(value: Blob): void {
  const read = blobs.get(value);
  if (!read) unread.push(value);
  bytes(read ?? new Uint8Array());
}

function error(value: Error, depth: number): void {
  named("Error", 3);
  string(errorNames.includes(value.name) ? value.name : "Error");
  const message = Object.getOwnPropertyDescriptor(value, "message");
  const members: [string, unknown][] = [];
  if (message && "value" in message) members.push(["message", String(message.value)]);
  if (options.stacks && typeof value.stack === "string") members.push(["stack", value.stack]);
  if (Object.hasOwn(value, "cause")) members.push(["cause", value.cause]);
  head(5, members.length);
  depth = deeper(depth);
  for (const [key, v] of members) {
    string(key);
    write(v, depth);
  }
}

type Resizable = ArrayBuffer & { resizable?: boolean; maxByteLength: number; resize(n: number): void };

function arrayBuffer(value: ArrayBuffer): void {
  const { resizable, maxByteLength } = value as Resizable;
  if (resizable) named("ArrayBuffer", 3);
  bytes(new Uint8Array(value));
  if (resizable) number(maxByteLength);
}

function arrayBufferView(value: ArrayBufferView): void {
  const { buffer, byteOffset, byteLength } = value;
  if (!(buffer instanceof ArrayBuffer)) throw dataCloneError("a SharedArrayBuffer has no byte form");
  const name = (value as Uint8Array)[Symbol.toStringTag];
  const tag = typedArrayTags[name];
  if (tag && byteLength === buffer.byteLength && !(buffer as Resizable).resizable && !begins.has(buffer)) {
    head(6, tag);
    refer(buffer);
    return arrayBuffer(buffer);
  }
  named(name, 4);
  if (!refer(buffer)) arrayBuffer(buffer);
  number(byteOffset);
  if (tracksLength(value)) byte(0xf6);
  else number(byteLength / elementSize(value));
}

const elementSize = (value: ArrayBufferView): number => (value as Uint8Array).BYTES_PER_ELEMENT ?? 1;

/** Whether a view's length follows its buffer's. JavaScript does not tell: resize a copy and see. */
function tracksLength(value: ArrayBufferView): boolean {
  if (!(value.buffer as Resizable).resizable) return false;
  const copy = structuredClone(value);
  const buffer = copy.buffer as Resizable;
  try {
    if (!copy.byteLength) {
      buffer.resize(copy.byteOffset + elementSize(copy));
      return copy.byteLength > 0;
    }
    buffer.resize(copy.byteOffset);
    // a view that is out of bounds throws here: DataView at the getter, typed arrays at the method
    return copy instanceof DataView ? copy.byteLength === 0 : !!(copy as Uint8Array).keys();
  } catch {
    return false;
  }
}

/** The bytes with marks and references at their places. */
function splice(): Uint8Array {
  if (!references.length) return out.slice(0, at);
  const marks = [...new Set(references.map(([, where]) => where))].sort((a, b) => a - b);
  const numbers = new Map(marks.map((where, i) => [where, i]));
  const places: [at: number, begin?: number][] = [...references, ...marks.map((where): [number] => [where])];
  const written = out.slice(0, at);
  let from = 0;
  at = 0;
  for (const [to, where] of places.sort((a, b) => a[0] - b[0])) {
    put(written.subarray(from, to));
    from = to;
    if (where === undefined) head(6, 28);
    else {
      head(6, 29);
      head(0, numbers.get(where)!);
      from++;
    }
  }
  put(written.subarray(from));
  return out.slice(0, at);
}
