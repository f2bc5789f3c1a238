/**
 * The script of the SharedWorker in which the tabs of an origin meet: see `entangle/tabs`. It
 * introduces them to each other, and carries none of their messages.
 */
import { Introducer, type Wish } from "./introducer.ts";
import { random } from "./random.ts";
import type { Said, Told } from "./tabs.ts";

const introducer = new Introducer();

// The tabs wait for this lock, which is free when the worker is gone.
const lock = `entangle worker ${random()}`;
const { locks } = navigator as Partial<Navigator>;
const held = new Promise<void>((resolve) => {
  if (!locks) return resolve();
  void locks.request(lock, () => {
    resolve();
    return new Promise(() => {});
  });
});

addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports as [MessagePort];
  const tell = (told: Told, given?: MessagePort) => port.postMessage(told, given ? [given] : []);
  port.onmessage = ({ data, ports }: MessageEvent<Said>) => {
    // The tab is gone when its lock is free.
    if (data.kind === "alive") void locks?.request(data.lock, () => introducer.take(tell, { kind: "leave" }));
    else introducer.take(tell, data satisfies Wish, ports[0]);
  };
  void held.then(() => tell({ kind: "here", lock: locks ? lock : "" }));
});
