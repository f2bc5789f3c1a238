import { applyUpdate, encodeStateAsUpdate, encodeStateVector } from "./yjs.js";

// Peers keeps one shared document (a Y.Doc) the same in all windows
// that it has a port to, and passes on what one of them says to the
// others. Merging is Yjs's: an update that comes twice, or in another
// order, does no harm, so it does not matter which way it went.
export class Peers extends EventTarget {
  #doc;
  #me;
  #links = new Map(); // port -> {person, others: the people on its other links}
  #held = null; // updates that wait while a character is being composed

  constructor(doc, me) {
    super();
    this.#doc = doc;
    this.#me = me;
    doc.on("update", (update, origin) => this.#tell({ type: "update", update, by: origin?.by ?? me.id }, origin?.port));
  }

  // add greets on a port. The window that was asked speaks first: a
  // port that was asked for may wait long until somebody is at its
  // other end, and a greeting should not be that old.
  add(port, weAsked) {
    let greeted = false;
    const greet = () => {
      greeted = true;
      const vector = encodeStateVector(this.#doc);
      port.postMessage({ type: "hello", person: this.#me, people: this.people(), vector });
    };
    port.addEventListener("close", () => {
      if (this.#links.delete(port)) this.#peopleChanged();
    });
    port.onmessage = ({ data }) => {
      if (data.type === "hello") {
        if (!greeted) {
          this.dispatchEvent(new CustomEvent("met", { detail: data.people })); // one's own chance to differ
          greet();
        }
        this.#links.set(port, { person: data.person, others: [] });
        const update = encodeStateAsUpdate(this.#doc, data.vector);
        port.postMessage({ type: "update", update, by: this.#me.id });
        this.#peopleChanged();
      } else {
        this.#take(port, data);
      }
    };
    if (!weAsked) greet();
  }

  // people are all who edit, oneself first.
  people() {
    const links = [...this.#links.values()];
    return unique([this.#me, ...links.flatMap((link) => link.others), ...this.#direct(), this.#me]);
  }

  // caret tells the others where one's caret is: positions relative to
  // the text's characters, or null.
  caret(position) {
    this.#tell({ type: "caret", by: this.#me.id, position });
  }

  // hold keeps remote updates waiting, release lets them in.
  hold() {
    this.#held ??= [];
  }

  release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [update, origin] of held) applyUpdate(this.#doc, update, origin);
  }

  #take(port, data) {
    const link = this.#links.get(port);
    if (data.type === "update") {
      const origin = { port, by: data.by };
      if (this.#held) this.#held.push([data.update, origin]);
      else applyUpdate(this.#doc, data.update, origin);
    } else if (data.type === "people" && link) {
      link.others = data.people;
      this.dispatchEvent(new CustomEvent("people"));
    } else if (data.type === "caret") {
      this.dispatchEvent(new CustomEvent("caret", { detail: { by: data.by, position: data.position } }));
      this.#tell(data, port);
    }
  }

  #direct() {
    return unique([...this.#links.values()].map((link) => link.person));
  }

  #peopleChanged() {
    this.#tell({ type: "people", people: this.#direct() });
    this.dispatchEvent(new CustomEvent("people"));
  }

  // tell posts to every person once, whatever number of ports leads
  // there, but never back to where a message came from or to who wrote
  // it.
  #tell(message, from) {
    const told = new Set([this.#me.id, message.by, this.#links.get(from)?.person.id]);
    for (const [port, { person }] of this.#links) {
      if (told.has(person.id)) continue;
      told.add(person.id);
      port.postMessage(message);
    }
  }
}

// unique keeps the last of those who have the same id, where the first was.
function unique(people) {
  return [...new Map(people.map((p) => [p.id, p])).values()];
}
