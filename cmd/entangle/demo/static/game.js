// The game. It has no connection to the address book; it can only ask
// the page around it, and gets a port.

const { social: socialOrigin } = document.documentElement.dataset;
const want = document.querySelector("#want");
const add = document.querySelector("#add");
const answer = document.querySelector(".answer");

let capability; // the port over which one contact can be added
let id;

want.addEventListener("click", () => {
  say("Asked the social site.");
  parent.postMessage({ type: "want", what: "add-contact" }, socialOrigin);
});

window.addEventListener("message", (event) => {
  if (event.origin !== socialOrigin || event.source !== parent) return;
  if (event.data.type === "denied") say("The social site said no.", "bad");
  if (event.data.type === "granted") {
    [capability] = event.ports;
    id = event.data.id;
    capability.onmessage = fromContacts;
    add.disabled = false;
    say(`Got port ${id}: it can add one contact.`, "good");
  }
});

add.addEventListener("click", () => {
  capability.postMessage({ type: "add", name: "Guillaume Tell", email: "tell@pomme.example.net" });
  passed("game", "adds Guillaume Tell");
});

function fromContacts({ data }) {
  if (data.type === "added") {
    passed("service", "added");
    say(`${data.name} is in the address book.`, "good");
  } else if (data.type === "refused") {
    passed("service", `refused: ${data.reason}`, "bad");
    say(`Refused: ${data.reason}.`, "bad");
  } else if (data.type === "revoked") {
    passed("service", "revoked", "bad");
    say(`Port ${id} was revoked. Nothing can be added over it.`, "bad");
  }
}

// passed tells the social page, which draws it, that a message passed
// the port it gave away.
function passed(from, what, kind) {
  parent.postMessage({ type: "passed", wire: `granted ${id}`, from, what, kind }, socialOrigin);
}

function say(words, kind = "") {
  answer.textContent = words;
  answer.dataset.kind = kind;
}

if (parent === window) {
  want.disabled = true;
  document.querySelector("#alone").hidden = false;
}
