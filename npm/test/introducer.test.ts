import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Introducer, maxAsks, type Wish, type Word } from "../src/introducer.ts";

/** A world of tabs by their names, which notes what each is told. */
class World {
  readonly introducer = new Introducer();
  readonly said: string[] = [];
  readonly #tabs = new Map<string, (word: Word, port?: MessagePort) => void>();
  readonly ports: MessagePort[] = [];

  tab(name: string, ...wishes: Wish[]): this {
    let tab = this.#tabs.get(name);
    if (!tab) {
      tab = (word, port) => this.said.push(`${name}: ${Object.values(word).join(" ")}${port ? " with a port" : ""}`);
      this.#tabs.set(name, tab);
      this.introducer.take(tab, { kind: "join", realm: name, pairs: [], over: [] });
    }
    for (const wish of wishes) this.introducer.take(tab, wish, wish.kind === "bring" ? this.#port() : undefined);
    return this;
  }

  /** Joins again, after having left. */
  join(name: string, realm: string, pairs: string[] = [], closed: string[] = []): this {
    this.introducer.take(this.#tabs.get(name)!, { kind: "join", realm, pairs, over: closed });
    return this;
  }

  #port(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.ports.push(port2);
    return port1;
  }

  heard(): string[] {
    return this.said.splice(0);
  }

  /** Every tab leaves, and then nothing is left. */
  end(): void {
    for (const name of this.#tabs.keys()) this.tab(name, { kind: "leave" });
    assert.ok(this.introducer.empty);
    for (const port of this.ports) port.close();
  }
}

const named = (name: string): Wish => ({ kind: "name", name });
const asks = (name: string, ask = 1): Wish => ({ kind: "ask", ask, name });
const cancels = (name: string, ask = 1): Wish => ({ kind: "cancel", ask, name });
const brings = (name: string, pair = "pair", ask = 1): Wish => ({ kind: "bring", ask, name, pair });
const parked = (parked: boolean): Wish => ({ kind: "park", parked });

const cases: Record<string, (w: World) => void> = {
  "who has the name is found, and gets what is brought": (w) => {
    w.tab("a", named("x")).tab("b", asks("x"));
    assert.deepEqual(w.heard(), ["b: found 1"]);
    w.tab("b", brings("x"));
    assert.deepEqual(w.heard(), ["a: connected pair with a port"]);
  },
  "whoever asks waits until somebody has the name": (w) => {
    w.tab("b", asks("x"), asks("y", 2)).tab("a", named("y"));
    assert.deepEqual(w.heard(), ["b: found 2"]);
    w.tab("a", named("x"));
    assert.deepEqual(w.heard(), ["b: found 1"]);
  },
  "SPEC 1.15 the oldest is found, and nobody finds itself": (w) => {
    w.tab("a", named("x")).tab("b", named("x")).tab("c", named("x"));
    w.tab("a", asks("x"), brings("x")).tab("b", asks("x"), brings("x", "other"));
    assert.deepEqual(w.heard(), ["a: found 1", "b: connected pair with a port", "b: found 1", "a: connected other with a port"]);
  },
  "a name that is given up and taken again is the newest": (w) => {
    w.tab("a", named("x")).tab("b", named("x")).tab("a", named(""), named("x"));
    w.tab("c", asks("x"), brings("x"));
    assert.deepEqual(w.heard(), ["c: found 1", "b: connected pair with a port"]);
  },
  "who was found leaves: the next one is found anew, whenever it comes, and nothing that is brought rests": (w) => {
    w.tab("a", named("x")).tab("c", asks("x")).tab("a", { kind: "leave" }).tab("c", brings("x"));
    assert.deepEqual(w.heard(), ["c: found 1"]);
    w.tab("b", named("x"));
    assert.deepEqual(w.heard(), ["c: found 1"]);
    w.tab("c", brings("x", "again"));
    assert.deepEqual(w.heard(), ["b: connected again with a port"]);
  },
  "a realm is not introduced to itself, whatever the number of its tabs objects": (w) => {
    for (const [name, realm] of [["a", "one"], ["b", "one"], ["c", "two"]] as const) w.tab(name, { kind: "leave" }).join(name, realm);
    w.tab("a", named("x")).tab("b", asks("x"));
    assert.deepEqual(w.heard(), []);
    w.tab("c", named("x")).tab("b", brings("x"));
    assert.deepEqual(w.heard(), ["b: found 1", "c: connected pair with a port"]);
  },
  "what was given up is not introduced": (w) => {
    w.tab("c", asks("x"), cancels("x")).tab("a", named("x"));
    w.tab("c", asks("x", 2), cancels("x", 2), brings("x", "pair", 2));
    assert.deepEqual(w.heard(), ["c: found 2"]);
  },
  "an end is told to the other side, once": (w) => {
    w.tab("a", named("x")).tab("c", asks("x"), brings("x"), asks("x", 2), brings("x", "second", 2));
    w.heard();
    w.tab("a", { kind: "close", pair: "pair" }).tab("c", { kind: "close", pair: "pair" }, { kind: "leave" });
    assert.deepEqual(w.heard(), ["c: parted pair false", "a: noted pair", "c: noted pair", "a: parted second true"]);
  },
  "nobody closes a pair of others": (w) => {
    w.tab("a", named("x")).tab("c", asks("x"), brings("x")).tab("thief");
    w.heard();
    w.tab("thief", { kind: "close", pair: "pair" });
    assert.deepEqual(w.heard(), ["thief: noted pair"]);
  },
  "a parked tab is told nothing, and found by nobody, before it is shown": (w) => {
    w.tab("a", named("x")).tab("c", asks("x"), brings("x"));
    w.heard();
    w.tab("a", parked(true)).tab("c", { kind: "close", pair: "pair" }, asks("x", 2));
    assert.deepEqual(w.heard(), ["c: noted pair"]);
    w.tab("a", parked(false));
    assert.deepEqual(w.heard(), ["a: parted pair false", "c: found 2"]);
  },
  "a parked tab's questions wait": (w) => {
    w.tab("c", asks("x"), parked(true)).tab("a", named("x"));
    assert.deepEqual(w.heard(), []);
    w.tab("c", parked(false));
    assert.deepEqual(w.heard(), ["c: found 1"]);
  },
  "who comes to another introducer brings its pairs": (w) => {
    for (const name of ["a", "b"]) w.tab(name, { kind: "leave" }).join(name, name, ["pair"]);
    w.tab("b", { kind: "leave" });
    assert.deepEqual(w.heard(), ["a: parted pair true"]);
  },
  "what was closed while there was no introducer is told, whoever comes first": (w) => {
    for (const first of ["a", "b"]) {
      for (const name of [first, first === "a" ? "b" : "a"]) {
        w.tab(name, { kind: "leave" }).join(name, name, name === "a" ? ["pair"] : [], name === "a" ? [] : ["pair"]);
      }
      assert.deepEqual(w.heard().sort(), ["a: parted pair false", "b: noted pair"], first);
    }
  },
  "a pair that a former introducer began is known when it is said": (w) => {
    w.tab("a", { kind: "pair", pair: "pair" }).tab("b", { kind: "pair", pair: "pair" }, { kind: "leave" });
    assert.deepEqual(w.heard(), ["a: parted pair true"]);
  },
  "questions that nobody answers have a limit, which is the asker's": (w) => {
    w.tab("a");
    for (let i = 0; i < maxAsks; i++) w.tab("c", asks("x", i));
    w.tab("c", asks("x", -1)).tab("b", asks("x"));
    assert.deepEqual(w.heard(), ["c: refused -1"]);
    w.tab("c", cancels("x", 3), asks("x", -2));
    assert.deepEqual(w.heard(), []);
  },
};

// Two versions of the script may talk to each other: no field of theirs has a short name.
test("tabs: no field of what they say to each other is mangled", () => {
  const bundle = readFileSync(new URL("../../internal/bundle/bundle.go", import.meta.url), "utf8");
  const internals = /strings\.Fields\(`([^`]*)`/.exec(bundle)![1]!.trim().split(/\s+/);
  assert.ok(internals.length > 50);
  const fields = ["kind", "realm", "pairs", "over", "name", "ask", "pair", "parked", "lock", "lost"];
  assert.deepEqual(fields.filter((field) => internals.includes(field)), []);
});

for (const [title, run] of Object.entries(cases)) {
  test(`tabs: ${title}`, () => {
    const w = new World();
    run(w);
    w.end();
  });
}
