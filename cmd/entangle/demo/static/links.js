// How the windows of one document find each other: every window carries
// the name, and every window asks for it. The hub answers with the
// oldest other window of that name, so the oldest becomes the middle of
// a star. The oldest asks too, and is joined with the second oldest,
// which is the next middle. When the middle closes, each port to it
// closes, and each window asks again. Nobody is in charge.

// findEachOther calls met(port, weAsked) for each port to another
// window, now and later.
export function findEachOther(hub, name, met) {
  hub.addEventListener("connect", (event) => met(event.ports[0], false));

  function ask() {
    if (hub.state === "closed") return;
    const port = hub.connectTo(name); // waits until there is another
    port.addEventListener("close", ask);
    met(port, true);
  }
  ask();
}
