/**
 * Strings as bytes: UTF-8, except that a lone surrogate, which a string of the page may hold,
 * becomes the three bytes that UTF-8 forbids (WTF-8).
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeText(text: string): Uint8Array {
  const parts = text.split(/(\p{Cs})/u); // the odd ones are the lone surrogates
  if (parts.length === 1) return encoder.encode(text);
  return Uint8Array.from(
    parts.flatMap((part, i) => {
      const unit = part.charCodeAt(0);
      return i % 2 ? [0xed, ((unit >> 6) & 63) | 128, (unit & 63) | 128] : [...encoder.encode(part)];
    }),
  );
}

/** Throws a TypeError for what encodeText does not make. */
export function decodeText(bytes: Uint8Array): string {
  let text = "";
  let from = 0;
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (bytes[i] !== 0xed || bytes[i + 1]! >> 5 !== 5) continue;
    const unit = 0xd000 | ((bytes[i + 1]! & 63) << 6) | (bytes[i + 2]! & 63);
    text += decoder.decode(bytes.subarray(from, i));
    const pair = unit >> 10 === 0x37 && text.charCodeAt(text.length - 1) >> 10 === 0x36;
    if (bytes[i + 2]! >> 6 !== 2 || pair) throw new TypeError("not WTF-8");
    text += String.fromCharCode(unit);
    from = i + 3;
  }
  return text + decoder.decode(bytes.subarray(from));
}
