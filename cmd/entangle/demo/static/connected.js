import { connect } from "/entangle.js";

// connected opens a connection to the page's own hub and hands it to
// use; when it is lost, it does so again. The page's badge says how it
// stands.
export function connected(options, use) {
  const badge = document.querySelector(".badge");
  let pause = 500;

  function open() {
    const hub = connect("/entangle", options);
    show(badge, "connecting");
    hub.ready.then(
      () => {
        pause = 500;
        show(badge, "open");
      },
      () => {}, // the close event tells the rest
    );
    hub.addEventListener("close", () => {
      show(badge, "closed");
      setTimeout(open, pause);
      pause = Math.min(2 * pause, 10_000);
    });
    use(hub);
  }
  open();
}

const words = { connecting: "looking for the hub", open: "connected", closed: "no hub; trying again" };

function show(badge, state) {
  if (!badge) return;
  badge.dataset.state = state;
  badge.textContent = words[state];
}
