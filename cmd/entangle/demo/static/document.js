import { connected } from "./connected.js";
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
const birds = ["Wren", "Heron", "Kite", "Swift", "Plover", "Siskin", "Merlin", "Avocet", "Lark", "Dunlin", "Egret", "Osprey"];
const me = { id: crypto.randomUUID(), name: birds[random(birds.length)], colour: random(6) };

const doc = new Doc();
applyUpdate(doc, firstUpdate());
const text = doc.getText("document");
const marks = new Marks(document.querySelector(".mirror"), text);
const peers = new Peers(doc, me);
let here = []; // the people who are shown
bind(area, text, (index, length, { by }) => marks.edited(person(by)?.colour ?? 0, index, length));

connected({ name: "document" }, (hub) => {
  findEachOther(hub, "document", (port, weAsked) => peers.add(port, weAsked));
});

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

function random(n) {
  return Math.floor(Math.random() * n);
}
