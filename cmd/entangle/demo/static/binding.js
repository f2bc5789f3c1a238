import { UndoManager } from "./yjs.js";

// bind keeps a textarea and a Y.Text the same, and the caret where it
// was among its characters. It calls remote(index, length, origin) for
// each piece of text that another window inserted.
export function bind(area, text, remote) {
  area.value = text.toString();
  const undo = new UndoManager(text, { trackedOrigins: new Set([area]) });

  area.addEventListener("input", () => {
    const change = difference(text.toString(), area.value, area.selectionEnd);
    text.doc.transact(() => {
      text.delete(change.index, change.removed);
      text.insert(change.index, change.inserted);
    }, area);
  });

  text.observe((event, transaction) => {
    if (transaction.origin === area) return;
    let index = 0;
    for (const { retain = 0, insert = "", delete: removed = 0 } of event.delta) {
      index += retain;
      area.setRangeText(insert, index, index + removed, "preserve");
      if (insert && !transaction.local) remote(index, insert.length, transaction.origin);
      index += insert.length;
    }
  });

  // The browser's own undo would also take back what others wrote.
  area.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) undo.redo();
    else undo.undo();
  });
}

// difference finds the one replaced range by which after differs from
// before; of several that would explain it, the one that ends at the
// caret.
export function difference(before, after, caret) {
  const longest = Math.min(before.length, after.length);
  let tail = 0;
  const maxTail = Math.min(longest, after.length - caret);
  while (tail < maxTail && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  let index = 0;
  while (index < longest - tail && before[index] === after[index]) index++;
  while (tail < longest - index && before.at(-1 - tail) === after.at(-1 - tail)) tail++;

  if (isHigh(before[index - 1]) || isHigh(after[index - 1])) index--; // never cut a character in two
  if (tail > 0 && (isLow(before.at(-tail)) || isLow(after.at(-tail)))) tail--;
  return { index, removed: before.length - tail - index, inserted: after.slice(index, after.length - tail) };
}

const isHigh = (unit) => unit >= "\uD800" && unit <= "\uDBFF";
const isLow = (unit) => unit >= "\uDC00" && unit <= "\uDFFF";
