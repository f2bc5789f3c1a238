/**
 * Introduces tabs to each other. A tab asks for a name. When another tab has that name, the asking
 * tab brings one end of a channel and the other tab gets it; from then on the two talk directly.
 * This module is pure: it tells tabs through {@link Tab}, and has no clock.
 *
 * A parked tab is in the back/forward cache, where a single message would evict it. The introducer
 * tells it nothing, and introduces nobody to it, until the tab is shown again.
 */

/** What a tab says. `bring` has a port. */
export type Wish =
  /** The pairs are the connections that the tab has from its former introducer. */
  | { kind: "join"; pairs: string[] }
  /** The tab has this name from now on; "" is none. */
  | { kind: "name"; name: string }
  | { kind: "ask" | "cancel"; ask: number; name: string }
  | { kind: "bring"; ask: number; name: string; pair: string }
  | { kind: "close"; pair: string }
  | { kind: "park"; parked: boolean }
  | { kind: "leave" };

/** What a tab is told. `connected` has a port. */
export type Word =
  | { kind: "found" | "refused"; ask: number }
  | { kind: "connected"; pair: string }
  /** The other tab has closed its end, or is gone. */
  | { kind: "parted"; pair: string; gone: boolean };

/** How the introducer tells a tab something. */
export type Tab = (word: Word, port?: MessagePort) => void;

/** How many unanswered questions a tab may have. */
export const maxAsks = 1024;

interface Member {
  tell: Tab;
  name: string;
  parked: boolean;
  /** What to tell the tab when it is shown again. */
  words: [word: Word, port: MessagePort | undefined][];
  asks: number;
  pairs: Set<string>;
}

interface Ask {
  by: Member;
  number: number;
  /** The tab knows that somebody has the name. */
  found: boolean;
  /** What the tab has brought. */
  pair: string;
  port: MessagePort | undefined;
}

export class Introducer {
  readonly #members = new Map<Tab, Member>();
  /** For each name the tabs that have it, oldest first, and the questions for it. */
  readonly #named = new Map<string, Set<Member>>();
  readonly #asks = new Map<string, Set<Ask>>();
  readonly #pairs = new Map<string, Set<Member>>();

  /** Whether nobody is left. */
  get empty(): boolean {
    return this.#members.size + this.#named.size + this.#asks.size + this.#pairs.size === 0;
  }

  take(tab: Tab, wish: Wish, port?: MessagePort): void {
    const member = this.#members.get(tab);
    if (wish.kind === "join") this.#join(tab, wish.pairs);
    else if (member) this.#grant(member, wish, port);
    else port?.close();
  }

  #join(tab: Tab, pairs: string[]): void {
    if (this.#members.has(tab)) return;
    const member = { tell: tab, name: "", parked: false, words: [], asks: 0, pairs: new Set<string>() };
    this.#members.set(tab, member);
    for (const pair of pairs) this.#pair(pair, member);
  }

  #grant(member: Member, wish: Exclude<Wish, { kind: "join" }>, port: MessagePort | undefined): void {
    switch (wish.kind) {
      case "name":
        this.#rename(member, wish.name);
        break;
      case "ask":
        if (member.asks >= maxAsks) return tell(member, { kind: "refused", ask: wish.ask });
        member.asks++;
        add(this.#asks, wish.name, { by: member, number: wish.ask, found: false, pair: "", port: undefined });
        this.#introduce(wish.name);
        break;
      case "cancel": {
        const ask = this.#find(member, wish);
        if (ask) this.#end(wish.name, ask);
        break;
      }
      case "bring": {
        const ask = this.#find(member, wish);
        if (!ask || !port) return port?.close();
        Object.assign(ask, { found: false, pair: wish.pair, port });
        this.#introduce(wish.name);
        break;
      }
      case "close":
        this.#part(wish.pair, member, false);
        break;
      case "park":
        this.#park(member, wish.parked);
        break;
      case "leave":
        this.#leave(member);
    }
  }

  #rename(member: Member, name: string): void {
    if (name === member.name) return;
    if (member.name) remove(this.#named, member.name, member);
    member.name = name;
    if (!name) return;
    add(this.#named, name, member);
    this.#introduce(name);
  }

  /** Answers the questions for a name: by the oldest tab that has it, never by the asking one. */
  #introduce(name: string): void {
    for (const ask of this.#asks.get(name) ?? []) {
      const listener = [...(this.#named.get(name) ?? [])].find((member) => member !== ask.by && !member.parked);
      if (!listener) continue;
      if (ask.port) {
        this.#pair(ask.pair, ask.by);
        this.#pair(ask.pair, listener);
        const { pair, port } = ask;
        ask.port = undefined;
        this.#end(name, ask);
        tell(listener, { kind: "connected", pair }, port);
      } else if (!ask.found && !ask.by.parked) {
        ask.found = true;
        tell(ask.by, { kind: "found", ask: ask.number });
      }
    }
  }

  #find(member: Member, { ask: number, name }: { ask: number; name: string }): Ask | undefined {
    return [...(this.#asks.get(name) ?? [])].find((ask) => ask.by === member && ask.number === number);
  }

  #end(name: string, ask: Ask): void {
    ask.by.asks--;
    ask.port?.close();
    remove(this.#asks, name, ask);
  }

  #pair(pair: string, member: Member): void {
    member.pairs.add(pair);
    add(this.#pairs, pair, member);
  }

  /** Tells the other tab of a pair that a member has closed its end, or is gone. */
  #part(pair: string, member: Member, gone: boolean): void {
    if (!member.pairs.has(pair)) return;
    for (const other of this.#pairs.get(pair)!) {
      other.pairs.delete(pair);
      if (other !== member) tell(other, { kind: "parted", pair, gone });
    }
    this.#pairs.delete(pair);
  }

  #park(member: Member, parked: boolean): void {
    member.parked = parked;
    if (parked) return;
    for (const [word, port] of member.words.splice(0)) member.tell(word, port);
    for (const name of [...this.#asks.keys()]) this.#introduce(name);
  }

  #leave(member: Member): void {
    this.#members.delete(member.tell);
    this.#rename(member, "");
    for (const [name, asks] of [...this.#asks]) {
      for (const ask of [...asks]) if (ask.by === member) this.#end(name, ask);
    }
    for (const pair of [...member.pairs]) this.#part(pair, member, true);
    for (const [, port] of member.words) port?.close();
  }
}

function tell(member: Member, word: Word, port?: MessagePort): void {
  if (member.parked) member.words.push([word, port]);
  else member.tell(word, port);
}

function add<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  let set = map.get(key);
  if (!set) map.set(key, (set = new Set()));
  set.add(value);
}

function remove<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const set = map.get(key)!;
  set.delete(value);
  if (!set.size) map.delete(key);
}
