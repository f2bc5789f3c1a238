import { hub } from "entangle/install";

window.onconnect = ({ source, user }) => source.postMessage(user);
window.connectTo("x").postMessage(hub?.name);
