// A realm that is given a port of a page's session: a hub of its own, which does what it is told.
import { connect } from "/entangle.js";
import "/share.js";

addEventListener("message", ({ data, ports: [port], source }) => {
  if (!port) return;
  const hub = connect(port, { name: data });
  const say = (text) => (source ?? globalThis).postMessage(text);
  hub.onclose = () => say("closed");
  hub.onconnect = ({ ports: [caller] }) => {
    caller.onmessage = ({ data, ports }) => {
      if (data.connectTo) caller.postMessage(["connected", hub.origin], [hub.connectTo(data.connectTo)]);
      else if (data.give) hub.connectTo(data.give).postMessage("given", ports);
      else if (data.broadcast) new hub.BroadcastChannel(data.broadcast).postMessage("from the other realm");
      else if (data.hear) new hub.BroadcastChannel(data.hear).onmessage = ({ data }) => caller.postMessage(["heard", data]);
      else if (data.close) hub.close().then((result) => say(JSON.stringify(result)));
      else caller.postMessage(["echo", data], ports);
    };
  };
  hub.ready.then(() => say("ready"));
});

globalThis.parent?.postMessage("loaded");
