importScripts("/node_modules/comlink/dist/umd/comlink.js");

class Counter {
  constructor(start) { this.value = start; }
  increment() { this.value++; }
}

Comlink.expose({
  Counter,
  async each(list, callback) { for (const item of list) await callback(item); },
  fail() { throw new RangeError("out of it"); },
  sum: (bytes) => bytes.reduce((a, b) => a + b),
});
