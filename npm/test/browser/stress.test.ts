import assert from "node:assert/strict";
import { name, open, suite, test } from "./harness.ts";

suite("ports on the move", () => {
  for (const seed of [1, 2, 3]) {
    test(`SPEC 46 exactly once and in order, whoever hands what to whom: seed ${seed}`, async () => {
      const count = 4;
      const names = Array.from({ length: count }, name);
      const pages = await Promise.all(names.map(() => open()));
      await Promise.all(
        pages.map((page, i) =>
          page.evaluate(
            async ({ names, i, seed }) => {
              // What a page holds: ports, what it will post on them next, and what it expects to
              // come.
              interface Holding {
                port: MessagePort;
                next: number;
                expected: number;
                end?: number;
              }
              const held = new Map<string, Holding>();
              const errors: string[] = [];
              let state = seed * 1000 + i + 1;
              const random = (n: number) => (state = (state * 48271) % 0x7fffffff) % n;
              const take = (id: string, port: MessagePort, next: number, expected: number) => {
                const holding: Holding = { port, next, expected };
                held.set(id, holding);
                port.onmessage = ({ data: { n, end } }) => {
                  if (end !== undefined) holding.end = end;
                  else if (n !== holding.expected++) errors.push(`${id}: ${n} instead of ${holding.expected - 1}`);
                };
                port.addEventListener("close", () => errors.push(`${id}: close`));
              };
              const hub = (t.v.hub = t.connect({ name: names[i] }));
              hub.onerror = ({ message }) => errors.push(message);
              const control: MessagePort[] = [];
              const introduced = (port: MessagePort) => {
                control.push(port);
                port.onmessage = ({ data: { id, next, expected }, ports }) => {
                  if (id) take(id, ports[0]!, next, expected);
                };
              };
              let callers = 0;
              hub.onconnect = ({ ports: [port] }) => {
                port!.onmessage = ({ data }) => {
                  callers++;
                  if (data.channel) take(`${data.channel}'`, port!, 0, 0);
                  else introduced(port!);
                };
              };
              await hub.ready;
              for (const [j, other] of names.entries()) {
                if (j <= i) continue;
                const port = hub.connectTo(other);
                port.postMessage({});
                introduced(port);
                for (let k = 0; k < 2; k++) {
                  const id = `${i}-${j}-${k}`;
                  const channel = hub.connectTo(other);
                  channel.postMessage({ channel: id });
                  take(id, channel, 0, 0);
                }
              }
              const tick = () => {
                const ids = [...held.keys()];
                const id = ids[random(ids.length)];
                if (!id) return;
                const { port, next, expected } = held.get(id)!;
                if (random(4) === 0) {
                  held.delete(id);
                  control[random(control.length)]!.postMessage({ id, next, expected }, [port]);
                  return;
                }
                const posts = random(3) + 1;
                for (let k = 0; k < posts; k++) {
                  const n = held.get(id)!.next++;
                  port.postMessage(random(5) ? { n } : { n, blob: new Blob([new Uint8Array(random(2000))]) });
                }
              };
              t.v.ready = () => callers === i * 3;
              t.v.run = async () => {
                for (let k = 0; k < 250; k++) {
                  for (let m = 0; m < 3; m++) tick();
                  await new Promise((resolve) => setTimeout(resolve, random(4)));
                }
              };
              t.v.held = () => held.size;
              t.v.finish = () => held.forEach(({ port, next }) => port.postMessage({ end: next }));
              t.v.finished = () => errors.length > 0 || [...held.values()].every(({ end, expected }) => end === expected);
              t.v.errors = errors;
              t.v.sum = () => [...held.values()].reduce((sum, { expected }) => sum + expected, 0);
            },
            { names, i, seed },
          ),
        ),
      );
      await Promise.all(pages.map((page) => page.waitForFunction(() => t.v.ready())));
      await Promise.all(pages.map((page) => page.evaluate(() => t.v.run())));
      // When the last ports have arrived: two ends of two channels for each pair of pages.
      for (;;) {
        const held = await Promise.all(pages.map((page) => page.evaluate(() => t.v.held() as number)));
        if (held.reduce((a, b) => a + b) === count * (count - 1) * 2) break;
        assert.deepEqual(await Promise.all(pages.map((page) => page.evaluate(() => t.v.errors))), pages.map(() => []));
      }
      await Promise.all(pages.map((page) => page.evaluate(() => t.v.finish())));
      await Promise.all(pages.map((page) => page.waitForFunction(() => t.v.finished())));
      const result = () => ({ errors: t.v.errors, finished: t.v.finished(), sum: t.v.sum() });
      const results = await Promise.all(pages.map((page) => page.evaluate(result)));
      assert.deepEqual(results.flatMap(({ errors }) => errors), []);
      assert.ok(results.every(({ finished }) => finished), "something was lost");
      assert.ok(results.reduce((all, { sum }) => all + sum, 0) > 300);
    });
  }
});
