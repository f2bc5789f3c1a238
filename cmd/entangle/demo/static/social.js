import { connect } from "/entangle.js";
import { badge } from "./badge.js";
import { Wires } from "./wires.js";

// The social site. It trusts neither the game nor itself with the
// address book: it asks the contacts service for the capability to add
// one contact, and hands that on. What the game then does with it, it
// need not check.

const { contacts: contactsOrigin, game: gameOrigin } = document.documentElement.dataset;
const game = document.querySelector("#game iframe");
const book = document.querySelector("#book iframe");
const ask = document.querySelector("#ask");
const grants = document.querySelector("#grants");
const wires = new Wires(document.querySelector(".stage"));

wires.add("window", "game", "social", "window");
wires.add("contacts", "social", "service");
wires.add("book", "book", "service");

const hub = connect("/entangle");
badge(hub);

let contacts; // the port to the contacts service
findContacts();

function findContacts() {
  contacts = hub.connectTo("contacts", { targetOrigin: contactsOrigin });
  contacts.onmessage = fromContacts;
  contacts.addEventListener("close", () => {
    grants.replaceChildren();
    wires.cutAll("granted");
    if (hub.state !== "closed") findContacts(); // the service has ended; another one may begin
  });
}

// 1. The game says that it wants to add a contact.
window.addEventListener("message", (event) => {
  if (event.origin === gameOrigin && event.source === game.contentWindow) {
    fromGame(event.data);
  } else if (event.origin === contactsOrigin && event.source === book.contentWindow) {
    wires.tell(event.data); // the contacts page says what passed its port
  }
});

function fromGame(message) {
  if (message?.type === "want") {
    wires.pulse("window", "game", "Game", "asks: may I add a contact?");
    ask.hidden = false;
    ask.focus(); // not the button: whoever types in the game must not allow it unawares
  } else if (message?.type === "passed" && String(message.wire).startsWith("granted ")) {
    wires.tell(message); // the game says what passed its port
  }
}

// 2. The user allows it, and the social site asks for the capability to
// add a single contact.
document.querySelector("#allow").addEventListener("click", () => {
  answered();
  contacts.postMessage({ type: "grant" });
  wires.pulse("contacts", "social", "Social site", "asks for the right to add one contact");
});
document.querySelector("#refuse").addEventListener("click", () => {
  answered();
  game.contentWindow.postMessage({ type: "denied" }, gameOrigin);
  wires.pulse("window", "social", "Social site", "answers: no", "bad");
});

function answered() {
  ask.hidden = true;
  game.focus(); // where the question came from
}

// 3. The service answers with a port, and the social site hands it to
// the game.
function fromContacts({ data, ports: [port] }) {
  if (data.type === "granted") {
    wires.pulse("contacts", "service", "Contacts service", `grants it: port ${data.id}`);
    game.contentWindow.postMessage({ type: "granted", id: data.id }, gameOrigin, [port]);
    wires.pulse("window", "social", "Social site", `hands port ${data.id} to the game`);
    wires.add(`granted ${data.id}`, "game", "service", "granted");
    showGrant(data.id);
  } else if (data.type === "grant") {
    const state = data.refusals ? `${data.state}, ${data.refusals} refused` : data.state;
    grants.querySelector(`[data-id="${data.id}"] small`).textContent = state;
    if (data.state === "revoked" || data.state === "closed") endGrant(data.id, data.state);
  } else if (data.type === "error") {
    wires.pulse("contacts", "service", "Contacts service", data.reason, "bad");
  }
}

// 4. At any time it can take the capability back.
function showGrant(id) {
  const item = document.createElement("li");
  item.dataset.id = id;
  const what = document.createElement("span");
  const state = document.createElement("small");
  state.textContent = "unused";
  what.append(`Port ${id}: add one contact`, state);
  const revoke = document.createElement("button");
  revoke.className = "cut";
  revoke.textContent = "Revoke";
  revoke.setAttribute("aria-label", `Revoke port ${id}`);
  revoke.addEventListener("click", () => {
    contacts.postMessage({ type: "revoke", id });
    wires.pulse("contacts", "social", "Social site", `revokes port ${id}`);
  });
  item.append(what, revoke);
  grants.append(item);
}

function endGrant(id, state) {
  wires.cut(`granted ${id}`);
  wires.note("Contacts service", `port ${id} is ${state}`, "bad");
  grants.querySelector(`[data-id="${id}"] button`).disabled = true;
}
