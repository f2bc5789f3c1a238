// A page that a bundler has bundled: it asks a service who it is, by Comlink and by itself, and
// says so in its title.
import { connect } from "entangle";
import { hub as installed } from "entangle/install";
import "entangle/share";

const hub = connect(new URL(location).searchParams.get("hub"));
const port = hub.connectTo("account", { targetOrigin: "https://service.example" });
port.onmessage = ({ data: { origin } }) => {
  if (origin === location.origin && installed.name === window.name && window.connectTo && hub.share()) document.title = "served";
};
