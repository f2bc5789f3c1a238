import { connect } from "/entangle.js";
import { badge } from "./badge.js";

const session = document.querySelector(".session");
const hub = connect("/entangle");
badge(hub);

const authChannel = new hub.BroadcastChannel("auth");
authChannel.onmessage = function (event) {
  if (event.data == "logout") {
    doLogout();
    showLogout("Another window, or a terminal, logged you out.");
  }
  if (event.data == "login") {
    doLogin();
    showLogin("Another window, or a terminal, logged you in.");
  }
};

function logoutRequested() {
  // called when the user asks us to log them out
  doLogout();
  showLogout("You logged out here.");
  tellOthers("logout");
}

function loginRequested() {
  doLogin();
  showLogin("You logged in here.");
  tellOthers("login");
}

function tellOthers(word) {
  authChannel.postMessage(word);
  if (hub.state !== "open") session.querySelector(".why").append(" The hub is out of reach: others are told when it is back.");
}

// What this browser knows of the user is a word in its own storage;
// other browsers have their own.
function doLogout() {
  localStorage.setItem("session", "out");
}

function doLogin() {
  localStorage.removeItem("session");
}

function showLogout(why) {
  show(false, "Logged out", why);
}

function showLogin(why) {
  show(true, "Logged in", why);
}

function show(isIn, state, why) {
  session.dataset.in = isIn;
  session.querySelector(".state").textContent = state;
  session.querySelector(".why").textContent = why;
  session.querySelector("#logout").hidden = !isIn;
  session.querySelector("#login").hidden = isIn;
}

for (const [id, requested] of [["logout", logoutRequested], ["login", loginRequested]]) {
  session.querySelector(`#${id}`).addEventListener("click", (event) => {
    const focused = document.activeElement === event.currentTarget;
    requested();
    if (focused) session.querySelector("button:not([hidden])").focus();
  });
}
if (localStorage.getItem("session") === "out") showLogout("You logged out before.");
else showLogin("Nobody logged out yet.");
