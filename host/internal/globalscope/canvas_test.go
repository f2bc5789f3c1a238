package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// SPEC 77: pixels travel as they are; what is transferred is detached, and what is
// detached is refused.
func TestPixels(t *testing.T) {
	runScripts(t, webidl.DedicatedWorker, "https://page.example/", []script{
		{"read and written", `
			const x = new OffscreenCanvas(3, 2).getContext("2d"), d = x.createImageData(2, 1);
			d.data.set([1, 2, 3, 4, 5, 6, 7, 8]);
			x.putImageData(d, 1, 1);
			console.log(x.getImageData(0, 1, 3, 1).data.join(), x.getImageData(2, 1, 9, -1).data.join("").length, x.canvas.width,
				x.canvas.getContext("2d") === x);
			x.clearRect(2, 0, 5, 5);
			console.log(x.getImageData(1, 1, 2, 1).data.join());
			x.putImageData(d, -1, 0);
			console.log(x.getImageData(0, 0, 2, 1).data.join());`,
			"0,0,0,0,1,2,3,4,5,6,7,8 36 3 true\n1,2,3,4,0,0,0,0\n5,6,7,8,0,0,0,0"},
		{"cloned and transferred", `
			const c = new OffscreenCanvas(1, 1), x = c.getContext("2d"), d = x.createImageData(1, 1);
			d.data.set([1, 2, 3, 4]);
			x.putImageData(d, 0, 0);
			const pixel = i => { const y = new OffscreenCanvas(1, 1).getContext("2d"); y.drawImage(i, 0, 0);
				return y.getImageData(0, 0, 1, 1).data.join() };
			const i = await createImageBitmap(c), copy = structuredClone({ a: i, b: i });
			console.log(copy.a === copy.b, copy.a !== i, copy.a instanceof ImageBitmap, pixel(copy.a), i.width);
			const { port1, port2 } = new MessageChannel();
			const moved = structuredClone([port1, i, port2], { transfer: [port1, i, port2] });
			console.log(i.width, moved[1].width, pixel(moved[1]), moved[0] instanceof MessagePort, moved[2] instanceof MessagePort);
			for (const f of [() => structuredClone(i), () => structuredClone(0, { transfer: [i] }),
				() => structuredClone(moved[1], { transfer: [moved[1], moved[1]] })])
				try { f(); console.log("done") } catch (e) { console.log(e.name) }`,
			"true true true 1,2,3,4 1\n0 1 1,2,3,4 true true\nDataCloneError\nDataCloneError\nDataCloneError"},
		{"canvases", `
			const c = new OffscreenCanvas(4, 5), moved = structuredClone(c, { transfer: [c] });
			console.log(c.width, moved.width, moved.height);
			moved.getContext("2d");
			for (const f of [() => structuredClone(moved), () => structuredClone(0, { transfer: [moved] }),
				() => structuredClone(0, { transfer: [c] }), () => c.getContext("2d")])
				try { f(); console.log("done") } catch (e) { console.log(e.name) }
			console.log(moved.transferToImageBitmap().height, (await createImageBitmap(new ImageData(3, 1), 1, 0, -2, 1)).width);`,
			"0 4 5\nDataCloneError\nInvalidStateError\nDataCloneError\nInvalidStateError\n5 2"},
		{"limits", `
			const x = new OffscreenCanvas(1e6, 1e6).getContext("2d");
			for (const f of [() => x.putImageData(new ImageData(1, 1), 0, 0), () => x.getImageData(0, 0, 1e6, 1e6), () => x.createImageData(0, 1),
				() => new OffscreenCanvas(-1, 1)])
				try { f(); console.log("done") } catch (e) { console.log(e.name) }
			await createImageBitmap({}).catch(e => console.log(e.name));
			await createImageBitmap(new Blob(["x"])).catch(e => console.log(e.name));`,
			"RangeError\nRangeError\nIndexSizeError\nTypeError\nTypeError\nInvalidStateError"},
	})
}
