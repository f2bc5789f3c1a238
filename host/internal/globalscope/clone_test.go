package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

func TestStructuredClones(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"blobs and files share their bytes", `
			const b = structuredClone({ b: new Blob(["abc"], { type: "t/x" }) }).b;
			console.log(b instanceof Blob, b.size, b.type, await b.text());
			const f = structuredClone([new File(["xyz"], "n", { type: "t/y", lastModified: 7 })])[0];
			console.log(f instanceof File, f.name, f.lastModified, f.type, await f.text());
			const same = new Blob(["s"]), [x, y] = structuredClone([same, same]); console.log(x === y, x !== same)`,
			"true 3 t/x abc\ntrue n 7 t/y xyz\ntrue true"},
		{"pixels", `
			const d = new ImageData(2, 1); d.data[5] = 9;
			const c = structuredClone(d); console.log(c instanceof ImageData, c.width, c.height, [...c.data].join(), c.data !== d.data)`,
			"true 2 1 0,0,0,0,0,9,0,0 true"},
		{"through a channel", `
			const { port1, port2 } = new MessageChannel();
			port1.postMessage(new Blob(["through"]));
			console.log(await (await new Promise(end => port2.onmessage = e => end(e.data))).text()); port1.close()`, "through"},
		{"what is not serializable", `
			for (const v of [new URL("http://a/"), new Headers(), new FileReader(), new TextEncoder(), crypto, performance])
				try { structuredClone(v); console.log("cloned") } catch (e) { console.log(e.name) }`,
			"DataCloneError\nDataCloneError\nDataCloneError\nDataCloneError\nDataCloneError\nDataCloneError"},
	})
}
