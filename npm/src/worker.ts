/**
 * The script of the SharedWorker in which the tabs of an origin meet: see `entangle/tabs`. It
 * introduces them to each other, and carries none of their messages.
 */
import { Introducer, type Wish } from "./introducer.ts";
import { random } from "./random.ts";
import type { Said, Told } from "./tabs.ts";

/**
 * How often a tab that holds no lock is asked whether it is there, and for how long it may be
 * silent, in milliseconds.
 */
const askEvery = 1000;
const patience = 3000;

const introducer = new Introducer();
const { locks } = navigator as Partial<Navigator>;

// The tabs wait for this lock, which is free when the worker is gone; "" if there are no locks.
const held = new Promise<string>((resolve) => {
  const lock = `entangle worker ${random()}`;
  const hold = () => {
    resolve(lock);
    return new Promise(() => {});
  };
  if (locks) locks.request(lock, hold).catch(() => resolve(""));
  else resolve("");
});

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports as [MessagePort];
  const tell = (told: Told, given?: MessagePort) => port.postMessage(told, given ? [given] : []);
  let heard = Date.now();
  let parked = false;
  const leave = () => {
    clearInterval(asking);
    introducer.take(tell, { kind: "leave" });
  };
  const asking = setInterval(() => {
    if (parked) heard = Date.now(); // it may not be told anything
    else if (Date.now() - heard > patience) leave();
    else tell({ kind: "ping" });
  }, askEvery);
  port.onmessage = ({ data, ports }: MessageEvent<unknown>) => {
    heard = Date.now();
    if (!isSaid(data)) return ports.forEach((given) => given.close());
    if (data.kind === "park") parked = data.parked;
    if (data.kind === "pong") return;
    if (data.kind !== "alive") return introducer.take(tell, data satisfies Wish, ports[0]);
    clearInterval(asking);
    locks?.request(data.lock, leave).catch(leave); // the tab is gone when its lock is free
  };
  void held.then((lock) => tell({ kind: "here", lock }));
});

/** Any page of the origin can say anything: an exception here would reach all tabs in Firefox. */
function isSaid(data: unknown): data is Said {
  const said = (data ?? {}) as Record<string, unknown>;
  const are = (type: string, ...fields: string[]) => fields.every((field) => typeof said[field] === type);
  const areLists = (...fields: string[]) =>
    fields.every((field) => Array.isArray(said[field]) && (said[field] as unknown[]).every((item) => typeof item === "string"));
  switch (said["kind"]) {
    case "join":
      return are("string", "realm") && areLists("pairs", "over");
    case "name":
      return are("string", "name");
    case "ask":
    case "cancel":
      return are("string", "name") && are("number", "ask");
    case "bring":
      return are("string", "name", "pair") && are("number", "ask");
    case "pair":
    case "close":
      return are("string", "pair");
    case "park":
      return are("boolean", "parked");
    case "alive":
      return are("string", "lock");
    default:
      return said["kind"] === "leave" || said["kind"] === "pong";
  }
}
