import {
  createAbsolutePositionFromRelativePosition as absolute,
  createRelativePositionFromTypeIndex as relative,
  decodeRelativePosition,
  encodeRelativePosition,
} from "./yjs.js";

const shown = 2400; // milliseconds that a remote edit stays marked

// Marks draws behind a textarea what others do: where their carets are
// and what they just wrote. The mirror has the textarea's text in its
// font, invisibly, so that a mark lies under its characters.
export class Marks {
  #mirror;
  #text;
  #carets = new Map(); // person's id -> {person, position}
  #edits = new Set(); // {colour, from, to, since}

  constructor(mirror, text) {
    this.#mirror = mirror;
    this.#text = text;
    text.observe(() => this.draw());
    this.draw();
  }

  caret(person, position) {
    if (position) this.#carets.set(person.id, { person, position: decodeRelativePosition(position) });
    else this.#carets.delete(person.id);
    this.draw();
  }

  edited(colour, index, length) {
    // What somebody goes on writing is one mark.
    const before = [...this.#edits].find((e) => e.colour === colour && this.#index(e.to) === index);
    this.#edits.delete(before);
    const from = before?.from ?? relative(this.#text, index);
    const edit = { colour, from, to: relative(this.#text, index + length, -1), since: performance.now() };
    this.#edits.add(edit);
    this.draw();
    setTimeout(() => {
      if (this.#edits.delete(edit)) this.draw();
    }, shown);
  }

  #index(position) {
    return absolute(position, this.#text.doc)?.index ?? 0;
  }

  draw() {
    const text = this.#text.toString();
    const edits = [...this.#edits].map((edit) => ({ edit, from: this.#index(edit.from), to: this.#index(edit.to) }));
    const carets = [...this.#carets.values()].map(({ person, position }) => ({ person, at: this.#index(position) }));
    const cuts = new Set([0, text.length]);
    for (const { from, to } of edits) cuts.add(from).add(to);
    for (const { at } of carets) cuts.add(at);

    const pieces = [];
    const places = [...cuts].sort((a, b) => a - b);
    places.forEach((from, i) => {
      for (const caret of carets) if (caret.at === from) pieces.push(caretMark(caret.person));
      const to = places[i + 1];
      if (to === undefined) return;
      const edit = edits.findLast((e) => e.from <= from && to <= e.to)?.edit;
      pieces.push(edit ? editMark(edit, text.slice(from, to)) : text.slice(from, to));
    });
    this.#mirror.replaceChildren(...pieces, "\n"); // as a textarea does, show the line after a last newline
  }
}

// caretPosition is what one's own caret is called in other windows.
export function caretPosition(text, index) {
  return encodeRelativePosition(relative(text, index));
}

function caretMark(person) {
  const mark = document.createElement("span");
  mark.className = "caret";
  mark.dataset.name = person.name;
  mark.dataset.colour = person.colour;
  return mark;
}

function editMark(edit, text) {
  const mark = document.createElement("mark");
  mark.dataset.colour = edit.colour;
  mark.style.animationDelay = `${edit.since - performance.now()}ms`; // it goes on where it was when redrawn
  mark.textContent = text;
  return mark;
}
