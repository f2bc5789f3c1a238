import { maxName } from "./protocol/frame.ts";
import { encodeText } from "./text.ts";

/** Throws a SyntaxError DOMException for what is no name to be found by. */
export function checkName(name: string, mayBeEmpty: boolean): void {
  if ((!name && !mayBeEmpty) || name.startsWith("_") || encodeText(name).length > maxName) {
    throw new DOMException(`${JSON.stringify(name)} is no name to be found by.`, "SyntaxError");
  }
}
