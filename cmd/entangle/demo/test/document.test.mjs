// The shared document without a browser: Yjs, peers.js and binding.js as they are served,
// over Node's ports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "./binding.js";
import { Peers } from "./peers.js";
import { Doc } from "./yjs.js";

// seeded returns a generator of numbers below n; the seed is the bug report.
function seeded(seed) {
  return (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const letters = ["a", "b", "\n", "é", "😀", "😁", "𝒳"];
const word = (random) => Array.from({ length: random(6) }, () => letters[random(letters.length)]).join("");

test("a difference turns the text before into the text after and cuts no character in two", () => {
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = seeded(seed);
    const [start, removed, inserted, end] = [word(random), word(random), word(random), word(random)];
    const [before, after] = [start + removed + end, start + inserted + end];
    const caret = (start + inserted).length;
    const change = difference(before, after, caret);
    const rest = before.slice(change.index + change.removed);
    assert.equal(before.slice(0, change.index) + change.inserted + rest, after, `seed ${seed}`);
    assert.ok(change.inserted.isWellFormed(), `seed ${seed}`);
    assert.ok((before.slice(0, change.index) + rest).isWellFormed(), `seed ${seed}`);
  }
});

test("a difference that could be in several places is where the caret is", () => {
  assert.deepEqual(difference("aaa", "aaaa", 1), { index: 0, removed: 0, inserted: "a" });
  assert.deepEqual(difference("aaa", "aaaa", 4), { index: 3, removed: 0, inserted: "a" });
});

class Window {
  constructor(id) {
    this.doc = new Doc();
    this.text = this.doc.getText("document");
    this.person = { id, name: id, colour: 0 };
    this.peers = new Peers(this.doc, this.person);
    this.ports = [];
  }

  join(other) {
    const { port1, port2 } = new MessageChannel();
    other.ports.push(port2);
    this.ports.push(port1);
    other.peers.add(port2, false);
    this.peers.add(port1, true);
  }

  close() {
    for (const port of this.ports) port.close();
  }

  names() {
    return this.peers.people().map((p) => p.id).sort().join(" ");
  }
}

// until waits for a condition, looking again whenever a document or the people changed.
function until(windows, condition) {
  return new Promise((done) => {
    const look = () => condition() && done();
    for (const w of windows) {
      w.doc.on("update", look);
      w.peers.addEventListener("people", look);
    }
    look();
  });
}

const same = (windows) => windows.every((w) => w.text.toString() === windows[0].text.toString());

function edit(window, random) {
  const { text } = window;
  const at = random(text.length + 1);
  if (random(3) === 0) text.delete(at, Math.min(random(3), text.length - at));
  else text.insert(at, "abcdefgh"[random(8)]);
}

test("windows in a star converge, and again after the middle has closed", { timeout: 20_000 }, async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed);
    let windows = ["1", "2", "3", "4", "5"].map((id) => new Window(id));
    while (windows.length > 1) {
      const [middle, ...others] = windows;
      for (const other of others) other.join(middle);
      middle.join(others[0]); // as the oldest, which asks too, is joined with the second oldest
      for (let i = 0; i < 40; i++) edit(windows[random(windows.length)], random);
      windows[0].text.insert(0, `${windows.length};`);
      const all = windows.map((w) => w.peers.people()[0].id).sort().join(" ");
      await until(windows, () => same(windows) && windows.every((w) => w.names() === all));
      assert.ok(windows.at(-1).text.toString().includes(`${windows.length};`), `seed ${seed}`);
      middle.close();
      windows = others;
      await until(windows, () => windows.every((w) => !w.names().includes(middle.peers.people()[0].id)));
    }
    windows[0].close();
  }
});

test("a window that takes another name, on meeting older ones, is known by that", { timeout: 20_000 }, async () => {
  const [older, newer] = [new Window("older"), new Window("newer")];
  newer.peers.addEventListener("met", ({ detail }) => {
    if (detail.some((p) => p.id === "older")) newer.person.name = "renamed";
  });
  older.join(newer); // the older one's request was waiting: the newer one greets under its first name
  newer.join(older);
  const names = (w) => w.peers.people().map((p) => p.name).sort().join(" ");
  await until([older, newer], () => names(older) === "older renamed" && names(newer) === "older renamed");
  newer.close();
});

test("what others write waits while a character is composed, and is not lost", { timeout: 20_000 }, async () => {
  const [a, b] = [new Window("a"), new Window("b")];
  b.join(a);
  await until([a, b], () => a.names() === "a b" && b.names() === "a b");
  a.peers.hold();
  b.text.insert(0, "from b");
  const told = new Promise((done) => a.peers.addEventListener("caret", done, { once: true }));
  b.peers.caret(null); // behind the update on the same port
  await told;
  assert.equal(a.text.toString(), "");
  a.text.insert(0, "from a");
  a.peers.release();
  await until([a, b], () => same([a, b]));
  assert.match(a.text.toString(), /from a/);
  assert.match(a.text.toString(), /from b/);
  b.close();
});
