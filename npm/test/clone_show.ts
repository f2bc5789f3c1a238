// Prints a value in the notation of clone/testdata/vectors, which the Go tests print too.

export function show(value: unknown, ports: readonly unknown[] = []): string {
  const times = new Map<object, number>();
  const numbers = new Map<object, number>();
  let counting = true;

  const enter = (object: object, print: () => string): string => {
    if (counting) {
      const n = times.get(object) ?? 0;
      times.set(object, n + 1);
      return n ? "" : print();
    }
    if (times.get(object) === 1) return print();
    const met = numbers.get(object);
    if (met) return `#${met}`;
    const n = numbers.size + 1;
    numbers.set(object, n);
    return `#${n}=${print()}`;
  };

  const any = (v: unknown): string => {
    if (typeof v === "bigint") return `${v}n`;
    if (typeof v === "number") return number(v);
    if (typeof v === "string") return string(v);
    if (typeof v !== "object" || v === null) return String(v);
    return enter(v, () => object(v));
  };

  const list = (items: Iterable<unknown>, print: (item: any) => string): string => [...items].map(print).join(", ");

  const properties = (v: object, indices: boolean): string =>
    `{${list(Object.keys(v), (key) => {
      const name = indices && String(Number(key) >>> 0) === key && key !== "4294967295" ? key : string(key);
      return `${name}: ${any(Object.getOwnPropertyDescriptor(v, key)!.value)}`;
    })}}`;

  const object = (v: any): string => {
    if (ports.includes(v)) return `Port(${ports.indexOf(v)})`;
    if (Array.isArray(v)) {
      const keys = Object.keys(v);
      const dense = keys.length === v.length && keys.every((key, i) => key === String(i));
      return dense ? `[${list(v, any)}]` : `Array(${v.length})${properties(v, true)}`;
    }
    if (ArrayBuffer.isView(v)) return view(v as any);
    const name: string = Object.prototype.toString.call(v).slice(8, -1);
    switch (name) {
      case "Map":
        return `Map{${list(v, ([key, item]) => `${any(key)}: ${any(item)}`)}}`;
      case "Set":
        return `Set{${list(v, any)}}`;
      case "Boolean":
      case "Number":
      case "String":
      case "BigInt":
        return `Object(${any(v.valueOf())})`;
      case "Date":
        return `Date(${any(+v)})`;
      case "RegExp":
        return `RegExp(${any(v.source)}, ${any(v.flags)})`;
      case "DOMException":
        return `DOMException(${any(v.name)}, ${any(v.message)})`;
      case "Error": {
        const members = ["message", "stack", "cause"].filter((key) => Object.hasOwn(v, key));
        return `${v.name}{${list(members, (key) => `${key}: ${any(v[key])}`)}}`;
      }
      case "ArrayBuffer":
        return `ArrayBuffer(${hex(v)}${v.resizable ? `, max ${v.maxByteLength}` : ""})`;
      case "Blob":
        return `Blob(${any(v.type)}, ${contents.get(v)})`;
      case "File":
        return `File(${any(v.name)}, ${any(v.type)}, ${any(v.lastModified)}, ${contents.get(v)})`;
      case "Object":
        return properties(v, false);
      default:
        return name;
    }
  };

  const view = (v: Uint8Array): string => {
    const size = v.BYTES_PER_ELEMENT ?? 1;
    const length = tracks(v) ? "tracking" : v.byteLength / size;
    return `${v[Symbol.toStringTag]}(${any(v.buffer)}, ${v.byteOffset}, ${length})`;
  };

  any(value);
  counting = false;
  return any(value);
}

/** The contents of Blobs as hex, which have to be read before a value with Blobs is shown. */
const contents = new WeakMap<Blob, string>();

export async function readContents(blobs: Iterable<Blob>): Promise<void> {
  for (const blob of blobs) contents.set(blob, hex(await blob.arrayBuffer()));
}

/** All Blobs in a value of the vectors. */
export function blobsIn(value: unknown, found = new Set<Blob>(), seen = new Set<unknown>()): Set<Blob> {
  if (value instanceof Blob) found.add(value);
  else if (typeof value === "object" && value !== null && !seen.has(value)) {
    seen.add(value);
    const inner = value instanceof Map ? [...value].flat() : value instanceof Set ? value : Object.values(value);
    for (const v of inner) blobsIn(v, found, seen);
  }
  return found;
}

const hex = (b: ArrayBuffer): string => [...new Uint8Array(b)].map((n) => n.toString(16).padStart(2, "0")).join("");

function number(n: number): string {
  if (n !== n) return "NaN";
  if (Object.is(n, -0)) return "-0";
  if (Number.isInteger(n) && Math.abs(n) < 2 ** 53) return String(n);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, n);
  return `f64(${hex(view.buffer)})`;
}

const string = (s: string): string =>
  `"${s.split("").map((c) => (c >= " " && c <= "~" && c !== '"' && c !== "\\" ?
    c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)).join("")}"`;

/**
 * Whether a view's length follows its buffer's: the buffer is made longer, or shorter, and
 * as it was again.
 */
function tracks(v: Uint8Array): boolean {
  const buffer = v.buffer as ArrayBuffer & { resizable?: boolean; resize(n: number): void };
  if (!buffer.resizable) return false;
  const { byteLength } = buffer;
  const before = v.byteLength;
  const copy = new Uint8Array(buffer.slice(0));
  let result = true;
  try {
    buffer.resize(before ? v.byteOffset : byteLength + 8);
    if (!before) result = v.byteLength > 0;
    else if (v instanceof DataView) void v.byteLength; // throws if the view is out of bounds, as does the method
    else v.keys();
  } catch {
    result = false;
  }
  buffer.resize(byteLength);
  new Uint8Array(buffer).set(copy);
  return result;
}
