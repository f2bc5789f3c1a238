// What the writer and the reader of the byte form share. The form is specified in
// docs/clone-format.md.

/**
 * How many objects may stand in each other: Object, Array, Map, Set, Error and FileList are
 * one level each.
 */
export const maxDepth = 1000;

/** The RFC 8746 tags, little endian, by constructor. */
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

/** Of an Error's name: whether it is one of the seven. */
export const isErrorName = (name: string): boolean => /^(Eval|Range|Reference|Syntax|Type|URI|)Error$/.test(name);

export const isArrayIndex = (key: string): boolean => `${+key >>> 0}` === key && +key < 2 ** 32 - 1;

export const dataCloneError = (message: string): DOMException => new DOMException(message, "DataCloneError");
