// A search provider: it answers "search" with one "search-result" per page of results, then
// "search-done", or with "search-error".
const contacts = (() => {
  const people = ["Ada Lovelace", "Alan Turing", "Barbara Liskov", "Grace Hopper", "Guillaume Tell", "Radia Perlman"];
  const pageSize = 2;

  function registerConsumer(port) {
    port.onmessage = ({ data }) => {
      if (data.messageType !== "search") return;
      const words = data.query.trim().toLowerCase();
      if (!words) {
        port.postMessage({ messageType: "search-error", message: "Nothing to search for." });
        return;
      }
      const found = people.filter((name) => name.toLowerCase().includes(words));
      for (let i = 0; i < found.length; i += pageSize) {
        port.postMessage({ messageType: "search-result", results: found.slice(i, i + pageSize) });
      }
      port.postMessage({ messageType: "search-done" });
    };
  }

  return { registerConsumer };
})();
