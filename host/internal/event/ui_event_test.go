package event

import "testing"

func TestUIEvents(t *testing.T) {
	p := newPage(t)
	p.run(`
		const m = new MouseEvent("click", { view: globalThis, detail: 2, screenX: 1.5, clientX: 3, ctrlKey: true, button: 1, buttons: 4,
			relatedTarget: globalThis });
		equal([m.view === globalThis, m.detail, m.screenX, m.clientX, m.x, m.pageX, m.ctrlKey, m.altKey, m.button, m.buttons,
			m.relatedTarget === globalThis].join(), "true,2,1.5,3,3,3,true,false,1,4,true", "MouseEvent");
		equal(m.getModifierState("Control"), true, "getModifierState"); equal(m.getModifierState("Alt"), false, "getModifierState");
		throws(TypeError, () => new MouseEvent("x", { view: {} }), "a view is a window");
		throws(TypeError, () => new UIEvent("x", { view: new EventTarget() }), "a view is a window");
		m.initMouseEvent("down", true, true, null, 7, 1, 2, 3, 4, false, true, false, true, 2, null);
		equal([m.type, m.bubbles, m.view, m.detail, m.screenX, m.screenY, m.clientX, m.clientY, m.ctrlKey, m.altKey, m.shiftKey, m.metaKey,
			m.button, m.relatedTarget].join(), "down,true,,7,1,2,3,4,false,true,false,true,2,", "initMouseEvent");
		m.initMouseEvent("up"); equal([m.type, m.bubbles, m.detail, m.altKey].join(), "up,false,0,false", "defaults");
		const k = new KeyboardEvent("keydown", { key: "a", code: "KeyA", location: 3, repeat: true, keyCode: 65 });
		equal([k.key, k.code, k.location, k.repeat, k.isComposing, k.keyCode, k.charCode, k.which].join(), "a,KeyA,3,true,false,65,0,0",
			"KeyboardEvent");
		k.initKeyboardEvent("keyup", false, false, null, "b", 1, true);
		equal([k.type, k.key, k.location, k.ctrlKey, k.metaKey].join(), "keyup,b,1,true,false", "initKeyboardEvent");
		k.initKeyboardEvent("x"); equal(k.key, "", "default");
		const u = new UIEvent("u", { detail: 1, which: 9 }); equal(u.detail + u.which, 10, "UIEvent");
		u.initUIEvent("v", true, false, globalThis, 5); equal(u.type + u.detail + (u.view === globalThis), "v5true", "initUIEvent");
		throws(TypeError, () => u.initUIEvent("v", true, false, {}), "view"); equal(u.detail, 5, "unchanged");`)
}

func TestPlainEvents(t *testing.T) {
	p := newPage(t)
	p.run(`
		const h = new HashChangeEvent("x", { oldURL: "a", newURL: "b" }); equal(h.oldURL + h.newURL, "ab", "HashChangeEvent");
		const s = {}, pop = new PopStateEvent("x", { state: s }); equal(pop.state, s, "PopStateEvent");
		equal(new PopStateEvent("x").state, null, "no state");
		equal(new PageTransitionEvent("x", { persisted: 1 }).persisted, true, "PageTransitionEvent");
		const c = new CloseEvent("x", { wasClean: true, code: 65537, reason: "r" }); equal(c.wasClean + c.code + c.reason, "2r", "CloseEvent");
		const g = new ProgressEvent("x", { lengthComputable: true, loaded: 1, total: 2 });
		equal(g.lengthComputable + g.loaded + g.total, 4, "ProgressEvent");
		throws(TypeError, () => new BeforeUnloadEvent("x"), "Illegal constructor");
		addEventListener("hashchange", e => log.push(e.oldURL, e.newURL, e.isTrusted)); addEventListener("popstate", e => log.push(e.state));
		addEventListener("pageshow", e => log.push(e.persisted, e.bubbles, e.cancelable));
		addEventListener("close", e => log.push(e.code, e.reason, e.wasClean));
		addEventListener("progress", e => log.push(e.loaded, e.total));`)
	FireHashChange(p.window, "old", "new")
	FirePopState(p.window, p.realm.String("state"))
	FirePageTransition(p.window, "pageshow", true)
	FireClose(p.window, CloseInit{Code: 1000, Reason: "bye", WasClean: true})
	FireProgress(p.window, "progress", ProgressInit{Loaded: 1, Total: 2})
	p.run(`logged("old;new;true;state;true;true;true;1000;bye;true;1;2", "fired by the host")`)
}
