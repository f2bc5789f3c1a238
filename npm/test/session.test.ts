import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { News } from "../src/carrier.ts";
import { decodeFrames, encodeFrame, type Frame, Kind } from "../src/protocol/frame.ts";
import { Session } from "../src/session.ts";
import type { Transport, TransportListener } from "../src/transport.ts";

/** A transport whose hub says what the test says. */
class Line implements Transport {
  /** What the client has sent over each connection. */
  readonly sent: Frame[][] = [];
  readonly unsent = false;
  listener!: TransportListener;

  open(listener: TransportListener): void {
    this.listener = listener;
    this.sent.push([]);
  }

  send(batch: Uint8Array): void {
    for (const frame of decodeFrames(batch)) this.sent.at(-1)!.push(frame);
  }

  close(): void {}

  say(frame: Frame): void {
    this.listener.received(encodeFrame(frame));
  }

  welcome(absence = 120_000): void {
    this.say({ kind: Kind.welcome, version: 4, endpoint: "", origin: "", user: "", maxBody: 1 << 20, absence, ticket: Uint8Array.of(1) });
  }

  lose(): void {
    this.listener.ended({ code: 1006, reason: "", wasClean: false });
  }

  kinds(): number[] {
    return this.sent.at(-1)!.map(({ kind }) => kind);
  }
}

/** A session that the hub has answered, and what it tells. */
function begin(absence?: number, tell?: (news: News) => void) {
  const line = new Line();
  const session = new Session(line);
  const told: News[] = [];
  session.start(tell ?? ((news) => told.push(news)), "https://app.example", Infinity);
  line.listener.opened();
  line.welcome(absence);
  return { line, session, told };
}

/** A window and a document, as far as a client listens to them. */
function realm(): { window: EventTarget; document: EventTarget; restore(): void } {
  const [window, document] = [new EventTarget(), new EventTarget()];
  const before = Object.getOwnPropertyDescriptors(globalThis) as PropertyDescriptorMap;
  const set = (name: string, value: unknown) => Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
  const names = ["addEventListener", "removeEventListener"] as const;
  for (const name of names) set(name, window[name].bind(window));
  set("document", document);
  const restore = () => {
    for (const name of [...names, "document"]) {
      if (before[name]) Object.defineProperty(globalThis, name, before[name]);
      else Reflect.deleteProperty(globalThis, name);
    }
  };
  return { window, document, restore };
}

for (const type of ["online", "pageshow", "resume"] as const) {
  test(`${type}: a page that waits to come back does so at once, and says nothing before it has resumed`, async () => {
    const { window, document, restore } = realm();
    mock.timers.enable({ apis: ["setTimeout"] }); // no time passes
    try {
      const { line, session, told } = begin();
      const [port] = session.open({ kind: "connect", name: "x", origin: "" });
      const wake = () => (type === "resume" ? document : window).dispatchEvent(new Event(type));
      line.lose();
      assert.deepEqual([line.sent.length, told.at(-1)!.kind], [1, "away"]);
      wake();
      assert.equal(line.sent.length, 2, "it dials");
      wake();
      assert.equal(line.sent.length, 2, "once");
      line.listener.opened();
      wake();
      assert.deepEqual(line.kinds(), [Kind.hello]);
      line.welcome();
      assert.deepEqual(line.kinds().slice(0, 3), [Kind.hello, Kind.resume, Kind.connect]);
      wake();
      assert.equal(line.kinds().at(-1), Kind.ping, "an open connection may be dead: the hub is asked");
      assert.equal(told.at(-1)!.kind, "welcome");
      session.order({ kind: "close", port });
      void session.close(Date.now());
      mock.timers.tick(1);
      assert.equal(told.at(-1)!.kind, "ended");
    } finally {
      mock.timers.reset();
      restore();
    }
  });
}

test("200,000 messages that wait when it comes back are sent, in order", async () => {
  const { line, session, told } = begin();
  const [port] = session.open({ kind: "connect", name: "x", origin: "" });
  line.lose();
  const count = 200_000;
  for (let i = 0; i < count; i++) session.post(port, Uint8Array.of(i % 256), []);
  while (line.sent.length < 2) await new Promise((resolve) => setTimeout(resolve));
  line.listener.opened();
  line.welcome();
  line.say({ kind: Kind.attach, port, next: 0 });
  line.say({ kind: Kind.ack, port, next: 0, limit: [2 ** 40, 2 ** 40] });
  while (line.sent[1]!.length < count + 4) await new Promise((resolve) => setTimeout(resolve));
  let next = 0; // what is not acknowledged in a second is sent once more
  for (const { kind, seq, body } of line.sent[1]!) if (kind === Kind.data && seq === next && body![0] === next % 256) next++;
  assert.equal(next, count);
  line.say({ kind: Kind.closed, port, next: count });
  const kinds = told.map(({ kind }) => kind).filter((kind) => kind !== "taken");
  assert.deepEqual(kinds, ["welcome", "away", "welcome"]);
  line.say({ kind: Kind.gone, port, next: count });
  await session.close(Date.now());
});

test("a connect that the hub does not want is refused; one that was answered is lost", async () => {
  const { line, session, told } = begin();
  const [refused] = session.open({ kind: "connect", name: "x", origin: "" });
  const [lost] = session.open({ kind: "connect", name: "x", origin: "" });
  line.say({ kind: Kind.attach, port: lost, next: 0 });
  for (const port of [refused, lost]) {
    line.say({ kind: Kind.settled, port });
    line.say({ kind: Kind.gone, port, next: 0 });
  }
  assert.deepEqual(told.slice(1), [
    { kind: "closed", port: refused, why: { reason: "refused", text: "too many wait for that name" } },
    { kind: "closed", port: lost, why: { reason: "lost", text: "the other side's connection to the hub ended" } },
  ]);
  await session.close(Date.now());
});

test("an absence that is longer than a timer knows: no alarm goes off at once", async () => {
  const timers = mock.method(globalThis, "setTimeout");
  try {
    const { line, session, told } = begin(2 ** 40);
    session.open({ kind: "connect", name: "x", origin: "" });
    line.lose();
    const delays = timers.mock.calls.map(({ arguments: [, delay] }) => delay as number);
    assert.ok(delays.some((delay) => delay > 1e9), `${delays}: there is an alarm`);
    assert.ok(delays.every((delay) => delay < 2 ** 31), `${delays}`);
    await session.close(Date.now());
    assert.equal(told.at(-1)!.kind, "ended");
  } finally {
    timers.mock.restore();
  }
});

test("what the hub says wrong is told as its fault, a mistake of the client's own as what it is", () => {
  const { line, told } = begin();
  line.listener.received(Uint8Array.of(0xff));
  const [ended] = told.slice(-1) as [News & { kind: "ended" }];
  assert.deepEqual([ended.end.code, ended.end.reason], [3501, "RangeError: at byte 1: unknown kind"]);
  assert.deepEqual(ended.why, { reason: "lost", text: "RangeError: at byte 1: unknown kind" });

  const mistake = new TypeError("a mistake");
  const ends: News[] = [];
  const { line: other } = begin(undefined, (news) => {
    if (news.kind === "broadcast") throw mistake;
    ends.push(news);
  });
  assert.throws(() => other.say({ kind: Kind.broadcast, name: "x", body: new Uint8Array() }), mistake);
  const [own] = ends.slice(-1) as [News & { kind: "ended" }];
  assert.deepEqual([own.end.code, own.end.reason, own.why.reason], [1011, "TypeError: a mistake", "lost"]);
});
