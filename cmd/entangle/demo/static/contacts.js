import { connect } from "/entangle.js";
import { badge } from "./badge.js";

// The page of the contacts provider: it shows the address book that the
// service keeps, and what the service has granted. It is of the
// service's own origin, so the service lets it do everything.

const { contacts: ownOrigin, social: socialOrigin } = document.documentElement.dataset;
const list = document.querySelector("#contacts");
const grants = document.querySelector("#grants");

const hub = connect("/entangle");
badge(hub);

let service;
let known = new Set();
findService();

function findService() {
  service = hub.connectTo("contacts", { targetOrigin: ownOrigin });
  service.onmessage = ({ data }) => {
    if (data.type !== "book") return;
    showContacts(data.contacts);
    showGrants(data.grants);
    passed("service", "tells its page what is in the book");
  };
  service.addEventListener("close", () => hub.state !== "closed" && findService());
  service.postMessage({ type: "watch" });
}

document.querySelector("#clear").addEventListener("click", () => {
  service.postMessage({ type: "clear" });
  passed("book", "clears the address book");
});

function showContacts(contacts) {
  const items = contacts.map(({ id, name, email }) => {
    const item = entry(name, email);
    item.classList.toggle("fresh", known.size > 0 && !known.has(id));
    return item;
  });
  known = new Set([0, ...contacts.map((c) => c.id)]);
  list.replaceChildren(...items);
  document.querySelector("#clear").disabled = contacts.length === 0;
}

function showGrants(all) {
  const items = all.map(({ id, origin, state, refusals }) => {
    const refused = refusals ? `, ${refusals} refused` : "";
    const item = entry(`Port ${id}: add one contact`, `for ${origin}: ${state}${refused}`);
    if (state === "revoked" || state === "closed") return item;
    const revoke = document.createElement("button");
    revoke.className = "cut";
    revoke.textContent = "Revoke";
    revoke.setAttribute("aria-label", `Revoke port ${id}`);
    revoke.addEventListener("click", () => {
      service.postMessage({ type: "revoke", id });
      passed("book", `revokes port ${id}`);
    });
    item.append(revoke);
    return item;
  });
  grants.replaceChildren(...items);
}

function entry(title, detail) {
  const item = document.createElement("li");
  const words = document.createElement("span");
  const small = document.createElement("small");
  small.textContent = detail;
  words.append(title, small);
  item.append(words);
  return item;
}

// passed tells the page around this one, which draws it, that a message
// passed the port to the service.
function passed(from, what) {
  if (parent !== window) parent.postMessage({ type: "passed", wire: "book", from, what }, socialOrigin);
}
