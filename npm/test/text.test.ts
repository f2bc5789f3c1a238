import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText, encodeText } from "../src/text.ts";

test("strings come back, lone surrogates too", () => {
  for (const text of ["", "a", "aé漢😀", "\ud800", "x\udfffy", "\udc00\ud800", "😀\ud83d", "\ufeffbom"]) {
    assert.equal(decodeText(encodeText(text)), text);
  }
});

test("what is well formed is UTF-8", () => {
  assert.deepEqual(encodeText("aé漢😀"), new TextEncoder().encode("aé漢😀"));
});

test("what encodeText does not make is refused", () => {
  const wrong = [
    [0xff],
    [0xc3],
    [0xed, 0xa0], // cut off
    [0xed, 0xa0, 0x41], // no continuation
    [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], // a pair as two
  ];
  for (const bytes of wrong) assert.throws(() => decodeText(Uint8Array.from(bytes)), TypeError, String(bytes));
});
