// badge shows how the page stands to its hub. The hub object comes back by
// itself, with all that the page has.
export function badge(hub) {
  const badge = document.querySelector(".badge");
  const show = () => {
    badge.dataset.state = hub.state;
    badge.textContent = words[hub.state];
  };
  hub.addEventListener("statechange", show);
  show();
}

const words = {
  connecting: "looking for the hub",
  open: "connected",
  reconnecting: "no hub; it will be back",
  closed: "no hub; load the page again",
};
