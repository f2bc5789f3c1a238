import { connect } from "/entangle.js";
import { badge } from "./badge.js";
import { Doc, applyUpdate, encodeStateAsUpdate } from "./yjs.js";
import { bind } from "./binding.js";
import { findEachOther } from "./links.js";
import { Marks, caretPosition } from "./marks.js";
import { Peers } from "./peers.js";

const welcome = `This text lives in the windows that show it, and nowhere else.

Type in any of them. A new window finds the others by name and is brought up to date over a message port.

Close the first window: the rest find each other again.
`;

const area = document.querySelector("textarea");
const birds = "Wren Heron Kite Swift Plover Siskin Merlin Avocet Lark Dunlin Egret Osprey".split(" ");
const colours = [0, 1, 2, 3, 4, 5];
const me = { id: crypto.randomUUID(), since: Date.now(), name: pick(birds), colour: pick(colours) };

const doc = new Doc();
applyUpdate(doc, firstUpdate());
const text = doc.getText("document");
const marks = new Marks(document.querySelector(".mirror"), text);
const peers = new Peers(doc, me);
let here = []; // the people who are shown
bind(area, text, (index, length, { by }) => marks.edited(person(by)?.colour ?? 0, index, length));

const hub = connect("/entangle", { name: "document" });
badge(hub);
findEachOther(hub, "document", (port, weAsked) => peers.add(port, weAsked));

peers.addEventListener("met", ({ detail }) => beUnlike(detail));
peers.addEventListener("people", showPeople);
peers.addEventListener("caret", ({ detail: { by, position } }) => {
  if (person(by)) marks.caret(person(by), position);
});
document.addEventListener("selectionchange", tellCaret);
area.addEventListener("blur", () => peers.caret(null));
area.addEventListener("focus", tellCaret);
area.addEventListener("compositionstart", () => peers.hold());
area.addEventListener("compositionend", () => peers.release());
showPeople();

function tellCaret() {
  if (document.activeElement === area) peers.caret(caretPosition(text, area.selectionEnd));
}

function showPeople() {
  const people = peers.people();
  for (const gone of here) if (!people.some((p) => p.id === gone.id)) marks.caret(gone, null);
  here = people;
  const items = people.map((p) => {
    const item = document.createElement("li");
    item.dataset.colour = p.colour;
    item.textContent = p === me ? `${p.name} (this window)` : p.name;
    item.classList.toggle("me", p === me);
    return item;
  });
  document.querySelector(".people").replaceChildren(...items);
}

function person(id) {
  return peers.people().find((p) => p.id === id);
}

// firstUpdate is the same in every window, byte for byte, so that the
// text is there once however many windows begin with it.
function firstUpdate() {
  const first = new Doc();
  first.clientID = 0;
  first.getText("document").insert(0, welcome);
  return encodeStateAsUpdate(first);
}

// beUnlike takes another name and colour than those who were there before.
function beUnlike(people) {
  const older = people.filter((p) => p.id !== me.id && p.since <= me.since);
  for (const [key, all] of [["name", birds], ["colour", colours]]) {
    const taken = older.map((p) => p[key]);
    const free = all.filter((value) => !taken.includes(value));
    if (taken.includes(me[key]) && free.length) me[key] = pick(free);
  }
}

function pick(values) {
  return values[Math.floor(Math.random() * values.length)];
}
