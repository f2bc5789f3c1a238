// A composer that asks contacts providers. This form adds listeners, so it must start
// the port itself.
const composer = (() => {
  const results = document.querySelector("#results");
  const state = document.querySelector("#state");
  let found = 0;

  function handleSearchResult(names) {
    for (const name of names) {
      const item = document.createElement("li");
      item.textContent = name;
      results.append(item);
      found++;
    }
  }

  function handleSearchDone() {
    state.textContent = `${found} found.`;
  }

  function handleSearchError(message) {
    state.textContent = message;
  }

  function searchOn(port) {
    document.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      results.replaceChildren();
      found = 0;
      state.textContent = "Searching …";
      port.postMessage({ messageType: "search", query: document.querySelector("#to").value });
    });
  }

  function addContactsProvider(port) {
    port.addEventListener("message", ({ data }) => {
      if (data.messageType === "search-result") handleSearchResult(data.results);
    });
    port.addEventListener("message", ({ data }) => {
      if (data.messageType === "search-done") handleSearchDone();
    });
    port.addEventListener("message", ({ data }) => {
      if (data.messageType === "search-error") handleSearchError(data.message);
    });
    searchOn(port);
    port.start();
  }

  return { addContactsProvider };
})();
