/**
 * Introduces tabs to each other. A tab asks for a name. When another tab has that name, the asking
 * tab brings one end of a channel of its own, and the other tab gets it; over that channel the two
 * hand the port over, and then talk directly. So no message, and no port that has any, is ever
 * here, and nothing is lost when this is. This module is pure: it tells tabs through {@link Tab},
 * and has no clock.
 *
 * A parked tab is in the back/forward cache, where a single message would evict it. The introducer
 * tells it nothing, and introduces nobody to it, until the tab is shown again.
 */

/** What a tab says. `bring` has a port. */
export type Wish =
  /**
   * The pairs are the connections that the tab has from its former introducer, over are those
   * whose end that one did not confirm. A realm is not introduced to itself.
   */
  | { kind: "join"; realm: string; pairs: string[]; over: string[] }
  /** The tab has this name from now on; "" is none. */
  | { kind: "name"; name: string }
  | { kind: "ask" | "cancel"; ask: number; name: string }
  | { kind: "bring"; ask: number; name: string; pair: string }
  /** A connection that a former introducer began was made; the tab has closed its end of one. */
  | { kind: "pair" | "close"; pair: string }
  | { kind: "park"; parked: boolean }
  | { kind: "leave" };

/** What a tab is told. `connected` has a port. */
export type Word =
  | { kind: "found" | "refused"; ask: number }
  | { kind: "connected"; pair: string }
  /** The other tab has closed its end, or is lost. */
  | { kind: "parted"; pair: string; lost: boolean }
  /** It is known that this tab has closed its end. */
  | { kind: "noted"; pair: string };

/** How the introducer tells a tab something. */
export type Tab = (word: Word, port?: MessagePort) => void;

/** How many unanswered questions a tab may have. */
export const maxAsks = 1024;

/** How many pairs are remembered as closed whose other tab has not come yet. */
const maxClosed = 4096;

interface Member {
  tell: Tab;
  realm: string;
  name: string;
  parked: boolean;
  /** What to tell the tab when it is shown again. */
  words: Word[];
  asks: number;
  pairs: Set<string>;
}

interface Ask {
  by: Member;
  number: number;
  /** The tab knows that somebody has the name. */
  found: boolean;
}

export class Introducer {
  readonly #members = new Map<Tab, Member>();
  /** For each name the tabs that have it, oldest first, and the questions for it. */
  readonly #named = new Map<string, Set<Member>>();
  readonly #asks = new Map<string, Set<Ask>>();
  readonly #pairs = new Map<string, Set<Member>>();
  /** Pairs that one tab has closed under a former introducer, and whose other tab may come. */
  readonly #closed = new Set<string>();

  /** Whether nobody is left. */
  get empty(): boolean {
    return this.#members.size + this.#named.size + this.#asks.size + this.#pairs.size === 0;
  }

  take(tab: Tab, wish: Wish, port?: MessagePort): void {
    const member = this.#members.get(tab);
    if (wish.kind === "join") this.#join(tab, wish);
    else if (member) this.#grant(member, wish, port);
    else port?.close();
  }

  #join(tab: Tab, { realm, pairs, over }: Wish & { kind: "join" }): void {
    if (this.#members.has(tab)) return;
    const member = { tell: tab, realm, name: "", parked: false, words: [], asks: 0, pairs: new Set<string>() };
    this.#members.set(tab, member);
    for (const pair of pairs) this.#pair(pair, member);
    for (const pair of over) {
      if (!this.#pairs.has(pair)) this.#remember(pair);
      this.#part(pair, member, false);
      tell(member, { kind: "noted", pair });
    }
  }

  #remember(pair: string): void {
    this.#closed.add(pair);
    if (this.#closed.size > maxClosed) for (const oldest of this.#closed) return void this.#closed.delete(oldest);
  }

  #grant(member: Member, wish: Exclude<Wish, { kind: "join" }>, port: MessagePort | undefined): void {
    switch (wish.kind) {
      case "name":
        this.#rename(member, wish.name);
        break;
      case "ask":
        if (member.asks >= maxAsks) return tell(member, { kind: "refused", ask: wish.ask });
        member.asks++;
        add(this.#asks, wish.name, { by: member, number: wish.ask, found: false });
        this.#introduce(wish.name);
        break;
      case "cancel": {
        const ask = this.#find(member, wish);
        if (ask) this.#end(wish.name, ask);
        break;
      }
      case "bring":
        this.#bring(member, wish, port);
        break;
      case "pair":
        this.#pair(wish.pair, member);
        break;
      case "close":
        if (member.pairs.has(wish.pair)) this.#part(wish.pair, member, false);
        tell(member, { kind: "noted", pair: wish.pair });
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

  /** Answers the questions for a name, if somebody has it. */
  #introduce(name: string): void {
    const listeners = this.#listeners(name);
    if (listeners.length === 0) return;
    for (const ask of this.#asks.get(name) ?? []) {
      if (ask.found || ask.by.parked || !listeners.some(({ realm }) => realm !== ask.by.realm)) continue;
      ask.found = true;
      tell(ask.by, { kind: "found", ask: ask.number });
    }
  }

  /** The tabs that have a name and may be introduced to somebody, oldest first. */
  #listeners(name: string): Member[] {
    return [...(this.#named.get(name) ?? [])].filter(({ parked }) => !parked);
  }

  /** Gives what is brought to the oldest tab that has the name, but to no realm its own. */
  #bring(member: Member, wish: Wish & { kind: "bring" }, port: MessagePort | undefined): void {
    const ask = this.#find(member, wish);
    if (!ask || !port) return port?.close();
    const listener = this.#listeners(wish.name).find(({ realm }) => realm !== member.realm);
    if (!listener) {
      port.close(); // the next one is found anew
      ask.found = false;
      return;
    }
    this.#end(wish.name, ask);
    this.#pair(wish.pair, member);
    this.#pair(wish.pair, listener);
    listener.tell({ kind: "connected", pair: wish.pair }, port);
  }

  #find(member: Member, { ask: number, name }: { ask: number; name: string }): Ask | undefined {
    return [...(this.#asks.get(name) ?? [])].find((ask) => ask.by === member && ask.number === number);
  }

  #end(name: string, ask: Ask): void {
    ask.by.asks--;
    remove(this.#asks, name, ask);
  }

  #pair(pair: string, member: Member): void {
    if (this.#closed.delete(pair)) return tell(member, { kind: "parted", pair, lost: false });
    member.pairs.add(pair);
    add(this.#pairs, pair, member);
  }

  /** Tells the other tab of a pair that a member has closed its end, or is lost. */
  #part(pair: string, member: Member, lost: boolean): void {
    for (const other of this.#pairs.get(pair) ?? []) {
      other.pairs.delete(pair);
      if (other !== member) tell(other, { kind: "parted", pair, lost });
    }
    this.#pairs.delete(pair);
  }

  #park(member: Member, parked: boolean): void {
    member.parked = parked;
    if (parked) return;
    for (const word of member.words.splice(0)) member.tell(word);
    for (const name of [...this.#asks.keys()]) this.#introduce(name);
  }

  #leave(member: Member): void {
    this.#members.delete(member.tell);
    this.#rename(member, "");
    for (const [name, asks] of [...this.#asks]) {
      for (const ask of [...asks]) if (ask.by === member) this.#end(name, ask);
    }
    for (const pair of [...member.pairs]) this.#part(pair, member, true);
  }
}

function tell(member: Member, word: Word): void {
  if (member.parked) member.words.push(word);
  else member.tell(word);
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
