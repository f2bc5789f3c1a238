import { encodeText } from "../text.ts";
import { dataCloneError, isArrayIndex, isErrorName, maxDepth, typedArrayTags } from "./tables.ts";

export interface EncodeOptions {
  /**
   * The number of a port that travels beside the bytes; undefined for a port that does not travel,
   * which is a DataCloneError. It is asked for every object of a kind that has no byte form, and
   * may be asked several times for one: it has to give the same answer.
   */
  port?: (port: MessagePort) => number | undefined;
}

// The state of the one encoding that is under way; nothing waits while it is used.
let out: Uint8Array = new Uint8Array(1024);
let at: number;
let options: EncodeOptions;
let met: Map<object, number>; // the objects that were written, with the number of their mark
let shared: Set<object>; // those that are referred to more than once, as far as known
let marks: number;
let blobs: Map<Blob, ArrayBuffer>;
let unread: Blob[];

/**
 * Returns the byte form of a value that came from a native structured clone (event.data, or
 * structuredClone()); a promise of it if there are Blobs, which have to be read first. The value
 * has to stay as it is until then.
 *
 * Throws, or rejects with, a DataCloneError if the value has no byte form, such as an ImageBitmap,
 * a CryptoKey, a stream, a SharedArrayBuffer, or more than 1,000 levels.
 */
export function encode(value: unknown, opts: EncodeOptions = {}): Uint8Array | Promise<Uint8Array> {
  const read = new Map<Blob, ArrayBuffer>();
  const bytes = encodeWith(value, opts, read);
  if (!unread.length) return bytes;
  return Promise.all(unread.map(async (blob) => read.set(blob, await blob.arrayBuffer())))
    .then(() => encodeWith(value, opts, read));
}

/**
 * The bytes that stand for a message without a byte form: it ends as messageerror at the receiver.
 */
export function encodeUndeliverable(reason: string): Uint8Array {
  begin();
  named(0, "undeliverable", reason);
  return out.slice(0, at);
}

function encodeWith(value: unknown, opts: EncodeOptions, read: Map<Blob, ArrayBuffer>): Uint8Array {
  options = opts;
  blobs = read;
  shared = new Set();
  let known: number;
  do {
    // marks come before what they mark: a value with shared objects is written twice, most are not
    known = shared.size;
    begin();
    write(value, 0);
  } while (shared.size > known);
  return out.slice(0, at);
}

function begin(): void {
  if (out.length > 65536) out = new Uint8Array(1024);
  at = marks = 0;
  met = new Map();
  unread = [];
}

/** Makes room for n bytes. */
function room(n: number): void {
  if (at + n <= out.length) return;
  const old = out;
  out = new Uint8Array(2 * (at + n));
  out.set(old);
}

function put(bytes: Uint8Array): void {
  room(bytes.length);
  out.set(bytes, at);
  at += bytes.length;
}

/** The head of an item, and room for 32 bytes more. */
function head(major: number, n: number): void {
  const size = n < 24 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x100000000 ? 4 : 8;
  room(41);
  out[at++] = (major << 5) | (size ? 55 - Math.clz32(size) : n); // 24 to 27
  for (let i = size; i--; ) out[at++] = n / 2 ** (8 * i);
}

/** The head of bytes (2) or text (3), and what it is the head of. */
function content(major: number, bytes: Uint8Array): void {
  head(major, bytes.length);
  put(bytes);
}

/** Tag 27 on an array of a name and further members, which are no level. */
function named(depth: number, ...list: unknown[]): void {
  head(6, 27);
  members(4, list, depth - 1);
}

function write(value: unknown, depth: number): void {
  switch (typeof value) {
    case "undefined":
      return head(7, 23);
    case "boolean":
      return head(7, value ? 21 : 20);
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value < 0 ? head(1, -1 - value) : head(0, value);
      if (value !== value) return head(7, 0x7e00);
      out[at++] = 0xfb; // after this: 8 of the 32 bytes that head makes room for
      return put(new Uint8Array(new Float64Array([value]).buffer).reverse());
    case "bigint": {
      head(6, value < 0 ? 3 : 2);
      const hex = (value < 0 ? ~value : value).toString(16);
      const digits = hex === "0" ? [] : hex.padStart(hex.length + (hex.length & 1), "0").match(/../g)!;
      return content(2, Uint8Array.from(digits, (d) => parseInt(d, 16)));
    }
    case "string":
      return string(value);
    case "object": {
      if (!value) return head(7, 22);
      if (refer(value)) return;
      const kind = Object.prototype.toString.call(value).slice(8, -1);
      const writer = kinds[kind];
      if (writer) return writer(value, depth);
      const n = options.port?.(value as MessagePort);
      if (n !== undefined) return named(0, "MessagePort", n);
      throw dataCloneError(`${kind} has no byte form`);
    }
  }
  throw dataCloneError(`${typeof value} has no byte form`);
}

function string(s: string): void {
  const start = at;
  const n = s.length;
  if (n < 24) {
    // OPTIMIZATION: most keys and many strings are short and ASCII
    head(3, n);
    let i = 0;
    for (let c; i < n && (c = s.charCodeAt(i)) < 128; i++) out[at++] = c;
    if (i === n) return;
    at = start;
  }
  const lone = /\p{Cs}/u.test(s);
  if (lone) head(6, 273);
  content(lone ? 2 : 3, encodeText(s));
}

/** Refers to an object that was written before, else marks it if it is shared. */
function refer(object: object): boolean {
  const n = met.get(object);
  if (n !== undefined) {
    shared.add(object);
    head(6, 29);
    head(0, n);
    return true;
  }
  if (shared.has(object)) head(6, 28);
  met.set(object, shared.has(object) ? marks++ : 0);
  return false;
}

function deeper(depth: number): number {
  if (depth === maxDepth) throw dataCloneError(`more than ${maxDepth} levels`);
  return depth + 1;
}

/** The members of a container: keys and values by turns for a map (5), else an array (4). */
function members(major: number, list: readonly unknown[], depth: number): void {
  head(major, major === 5 ? list.length / 2 : list.length);
  depth = deeper(depth);
  for (const member of list) write(member, depth);
}

/** How each kind of object is written. */
const kinds: Record<string, (value: any, depth: number) => void> = {
  Object(value: Record<string, unknown>, depth) {
    const keys = Object.keys(value);
    head(5, keys.length);
    depth = deeper(depth);
    for (const key of keys) {
      string(key);
      write(value[key], depth);
    }
  },
  Array(value: unknown[], depth) {
    const n = value.length;
    const keys = Object.keys(value);
    // indices come first and ascend: n keys of which the last is n-1 are all the indices
    // and nothing else
    if (keys.length === n && (!n || keys[n - 1] === `${n - 1}`)) return members(4, value, depth);
    head(6, 27);
    head(4, 3);
    write("Array", 0);
    write(n, 0);
    members(5, keys.flatMap((key) => [isArrayIndex(key) ? +key : key, value[key as unknown as number]]), depth);
  },
  Map(value: Map<unknown, unknown>, depth) {
    head(6, 259);
    members(5, [...value].flat(), depth);
  },
  Set(value: Set<unknown>, depth) {
    head(6, 258);
    members(4, [...value], depth);
  },
  Date(value: Date) {
    head(6, 1);
    write(+value / 1000, 0);
  },
  RegExp(value: RegExp) {
    head(6, 21066);
    members(4, [value.source, value.flags], 0);
  },
  Error(value: Error, depth) {
    // the stack stays here: it would show the page's code to the other party
    named(depth, "Error", isErrorName(value.name) ? value.name : "Error", {
      ...(Object.hasOwn(value, "message") && { message: `${value.message}` }),
      ...(Object.hasOwn(value, "cause") && { cause: value.cause }),
    });
  },
  DOMException(value: DOMException) {
    named(0, "DOMException", value.name, value.message);
  },
  ArrayBuffer(value: Resizable) {
    if (value.resizable) named(0, "ArrayBuffer", value.slice(0), value.maxByteLength); // the slice is not resizable
    else content(2, new Uint8Array(value));
  },
  Blob(value: Blob) {
    named(0, "Blob", value.type, contentOf(value));
  },
  File(value: File) {
    named(0, "File", value.name, value.type, value.lastModified, contentOf(value));
  },
  FileList(value: FileList, depth) {
    named(depth, "FileList", [...value]);
  },
  DataView: arrayBufferView,
};
for (const name of ["Boolean", "Number", "String", "BigInt"]) kinds[name] = (value) => named(0, name, value.valueOf());
for (const name in typedArrayTags) kinds[name] = arrayBufferView;

function contentOf(blob: Blob): ArrayBuffer {
  const read = blobs.get(blob);
  if (!read) unread.push(blob);
  return read ?? new ArrayBuffer(0);
}

type Resizable = ArrayBuffer & { resizable?: boolean; maxByteLength: number; resize(n: number): void };

const elementSize = (view: ArrayBufferView): number => (view as Uint8Array).BYTES_PER_ELEMENT ?? 1;

function arrayBufferView(value: ArrayBufferView): void {
  const { buffer, byteOffset, byteLength } = value;
  const name = (value as Uint8Array)[Symbol.toStringTag];
  const tag = typedArrayTags[name];
  // a SharedArrayBuffer fails in either form
  if (tag && byteLength === buffer.byteLength && !(buffer as Resizable).resizable && !met.has(buffer)) {
    head(6, tag);
    write(buffer, 0);
  } else {
    named(0, name, buffer, byteOffset, tracksLength(value) ? null : byteLength / elementSize(value));
  }
}

/**
 * Whether a view's length follows its buffer's. JavaScript does not say: resize a copy and look.
 */
function tracksLength(value: ArrayBufferView): boolean {
  if (!(value.buffer as Resizable).resizable) return false;
  const copy = structuredClone(value);
  const { byteLength } = copy;
  try {
    (copy.buffer as Resizable).resize(copy.byteOffset + (byteLength ? 0 : elementSize(copy)));
    structuredClone(copy); // throws if the view is out of bounds
    return !byteLength !== !copy.byteLength;
  } catch {
    return false;
  }
}
