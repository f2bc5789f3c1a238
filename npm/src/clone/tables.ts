// What the writer and the reader of the byte form share. The form is specified in docs/clone-format.md.

/** How many objects may stand in each other: Object, Array, Map, Set and Error are one level each. */
export const maxDepth = 1000;

/** The RFC 8746 tags, little endian. */
export const typedArrayTags: Readonly<Record<string, number>> = {
  Uint8Array: 64,
  Uint8ClampedArray: 68,
  Uint16Array: 69,
  Uint32Array: 70,
  BigUint64Array: 71,
  Int8Array: 72,
  Int16Array: 77,
  Int32Array: 78,
  BigInt64Array: 79,
  Float16Array: 84,
  Float32Array: 85,
  Float64Array: 86,
};

export const errorNames: readonly string[] = [
  "Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError",
];

/** The realm's constructors by name; some engines lack some. */
export const realm = globalThis as unknown as Record<string, (new (...args: unknown[]) => any) | undefined>;

export const dataCloneError = (message: string): DOMException => new DOMException(message, "DataCloneError");
