package hosttest_test

import (
	"net/http"
	"testing"

	"github.com/entangle-go/entangle/host"
	"github.com/entangle-go/entangle/host/hosttest"
)

// comlinkPage gives each port that connects to it to its worker: as an argument of a
// call by Comlink.
const comlinkPage = `<!doctype html>
<title>Quotes</title>
<script src="/node_modules/comlink/dist/umd/comlink.js"></script>
<script>
  const quotes = Comlink.wrap(new Worker("/quotes.js"));
  const subscribed = Promise.withResolvers();
  window.onconnect = ({ ports: [port] }) => {
    subscribed.resolve(quotes.subscribe("ACME", Comlink.transfer(port, [port])));
  };
  window.name = "quotes";
</script>`

const comlinkWorker = `importScripts("/node_modules/comlink/dist/umd/comlink.js");
Comlink.expose({
  subscribe(symbol, port) {
    port.onmessage = ({ data: amount }) => port.postMessage({ symbol, price: 21 * amount, by: constructor.name });
    return "subscribed to " + symbol;
  },
});`

// TestGoPortInAComlinkCall holds a port of Go inside a page's call: the page gets it by connectTo
// and hands it on with Comlink, as it is in npm, to its worker, which then talks to Go directly.
func TestGoPortInAComlinkCall(t *testing.T) {
	site := http.NewServeMux()
	site.Handle("/node_modules/", http.StripPrefix("/node_modules/", http.FileServer(http.Dir("../../npm/node_modules"))))
	site.HandleFunc("/{$}", serve("text/html", comlinkPage))
	site.HandleFunc("/quotes.js", serve("text/javascript", comlinkWorker))
	h := hosttest.New(t, host.Options{Origins: map[string]http.Handler{"http://localhost": site}})
	page, err := h.Open(within(t), "/")
	if err != nil {
		t.Fatal(err)
	}
	port, err := h.ConnectTo(within(t), "quotes")
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if err := port.PostMessage(2.0); err != nil { // it waits in the port, wherever that goes
		t.Fatal(err)
	}
	if said, err := page.Eval(within(t), "subscribed.promise"); said != "subscribed to ACME" {
		t.Fatal(said, err)
	}
	for _, c := range []struct{ amount, price float64 }{{2, 42}, {3, 63}} {
		event, err := port.Receive(within(t))
		if err != nil {
			t.Fatal(err)
		}
		var quote struct {
			Symbol string  `json:"symbol"`
			Price  float64 `json:"price"`
			By     string  `json:"by"`
		}
		if err := event.Decode(&quote); err != nil {
			t.Fatal(err)
		}
		if quote.Symbol != "ACME" || quote.Price != c.price || quote.By != "DedicatedWorkerGlobalScope" {
			t.Errorf("%+v, want the price %v", quote, c.price)
		}
		if err := port.PostMessage(3.0); err != nil {
			t.Fatal(err)
		}
	}
}

func serve(mediaType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write([]byte(text))
	}
}
