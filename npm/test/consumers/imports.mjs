// Importing does nothing: where there is no page (a rendering server), in jsdom, which has no
// MessageChannel, and in an edge runtime, which has neither.
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { JSDOM } from "jsdom";

for (const name of ["entangle", "entangle/install", "entangle/share", "entangle/tabs"]) await import(name);

class WebSocket {}
const edge = { console, crypto, WebSocket, EventTarget, Event, MessageEvent, URL, TextEncoder, TextDecoder, DOMException, setTimeout };
const contexts = {
  edge: vm.createContext(edge),
  jsdom: new JSDOM("", { runScripts: "outside-only", url: "http://127.0.0.1/" }).getInternalVMContext(),
};
for (const [place, context] of Object.entries(contexts)) {
  if (place === "jsdom") Object.assign(context, { TextEncoder, TextDecoder });
  const modules = {};
  const load = async (name) =>
    (modules[name] ??= new vm.SourceTextModule(readFileSync(`../../dist/${name}`, "utf8"), { context, identifier: name }));
  for (const name of ["entangle.js", "tabs.js", "install.js", "share.js"]) {
    const module = await load(name);
    if (module.status === "unlinked") await module.link((specifier) => load(specifier.slice(2)));
    await module.evaluate();
    console.log(place, name);
  }
}
