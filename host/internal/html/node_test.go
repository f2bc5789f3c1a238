package html

import "testing"

func TestTree(t *testing.T) {
	p := newPage(t)
	p.load(`<!doctype html><html><head><title> a  b </title></head><body><div
		id=a class="x y"><p>one<p>two</div><div id=b></div></body></html>`)
	p.run(`
		const a = document.getElementById("a"), b = document.getElementById("b");
		equal(document.title, "a b", "title"); document.title = "c"; equal(document.querySelector("title").textContent, "c", "title set");
		equal(a.childNodes.length, 2, "children"); equal(a.childNodes, a.childNodes, "same list"); equal(a.firstChild.tagName, "P", "tag name");
		equal(a.constructor.name, "HTMLDivElement", "interface"); equal(a instanceof HTMLElement, true, "instance");
		equal(Object.prototype.toString.call(a), "[object HTMLDivElement]", "tag");
		equal(document.body.parentNode, document.documentElement, "parent");
		equal(document.documentElement.parentElement, null, "no parent element");
		const live = document.getElementsByTagName("p"); equal(live.length, 2, "live");
		b.append("text", a.firstChild, document.createComment("c")); equal(live.length, 2, "moved");
		equal(b.innerHTML, "text<p>one</p><!--c-->", "inner");
		b.lastElementChild.remove(); equal(live.length, 1, "removed"); equal(live[0].textContent, "two", "index");
		equal(live[1], undefined, "out of bounds");
		const f = document.createDocumentFragment(); f.append(...b.childNodes); equal(b.hasChildNodes(), false, "emptied"); b.appendChild(f);
		equal(f.childNodes.length, 0, "fragment is empty"); equal(b.textContent, "text", "no comment");
		throws("HierarchyRequestError", () => b.appendChild(document.body), "cycle");
		throws("NotFoundError", () => a.removeChild(b), "not a child"); throws("TypeError", () => a.appendChild({}), "no node");
		throws("HierarchyRequestError", () => document.appendChild(document.createElement("html")), "second root");
		equal(a.contains(a.firstChild), true, "contains"); equal(a.compareDocumentPosition(b), 4, "following");
		equal(a.compareDocumentPosition(a.firstChild), 20, "contained by");
		const c = a.cloneNode(true); equal(c.outerHTML, '<div id="a" class="x y"><p>two</p></div>', "clone");
		equal(c.isEqualNode(a), true, "equal"); equal(c.isConnected, false, "not connected"); equal(c.ownerDocument, document, "document");
		a.replaceWith("x", c); equal(document.body.firstChild.data, "x", "replaced"); c.before(document.createElement("hr"));
		equal(c.previousSibling.localName, "hr", "before"); c.after("y", "z"); equal(c.nextSibling.data, "y", "after");
		b.replaceChildren(); equal(b.firstChild, null, "no children");
		const text = document.createTextNode("a\u{1F600}b"); equal(text.length, 4, "units"); b.append(text); text.splitText(2);
		equal(b.childNodes.length, 2, "split"); b.normalize(); equal(b.textContent, "a\u{1F600}b", "joined");
		equal(b.childNodes.length, 1, "one");
		equal([...document.body.childNodes].length, document.body.childNodes.length, "iterable"); let n = 0;
		document.body.childNodes.forEach(() => n++); equal(n, document.body.childNodes.length, "forEach");
		equal(new Text("q").data, "q", "Text"); equal(new DocumentFragment().nodeType, 11, "fragment");
		throws("TypeError", () => new HTMLDivElement(), "illegal"); throws("TypeError", () => Node.prototype.appendChild.call({}, b), "brand");
		const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT,
			{ acceptNode: n => n.data == "y" ? NodeFilter.FILTER_SKIP : NodeFilter.FILTER_ACCEPT }); const texts = [];
			while (w.nextNode()) texts.push(w.currentNode.data); equal(texts.join(), "x,two,z,a\u{1F600}b", "walker");`)
}

func TestAttributes(t *testing.T) {
	p := newPage(t)
	p.load(`<div id=a data-foo-bar=1 style="color: red; background: url(a;b)">`)
	p.run(`
		const a = document.getElementById("a");
		a.setAttribute("TITLE", "t"); equal(a.title, "t", "lowercase"); equal(a.getAttribute("Title"), "t", "get");
		equal(a.getAttribute("no"), null, "none");
		equal(a.attributes.length, 4, "map"); equal(a.attributes[0].name, "id", "index"); equal(a.attributes.title.value, "t", "name");
		equal(a.getAttributeNames().join(), "id,data-foo-bar,style,title", "names");
		equal(a.dataset.fooBar, "1", "dataset"); a.dataset.bazQux = 2; equal(a.getAttribute("data-baz-qux"), "2", "set"); delete a.dataset.fooBar;
		equal(a.hasAttribute("data-foo-bar"), false, "deleted"); equal(Object.keys(a.dataset).join(), "bazQux", "keys");
		equal("bazQux" in a.dataset, true, "in"); equal(a.dataset.none, undefined, "none");
		throws("SyntaxError", () => { a.dataset["a-b"] = 1 }, "name");
		a.classList.add("x", "y", "x"); equal(a.className, "x y", "add"); equal(a.classList.toggle("x"), false, "toggle");
		equal(a.classList.contains("y"), true, "contains"); equal(a.classList.length, 1, "length"); equal(a.classList[0], "y", "index");
		equal(String(a.classList), "y", "string");
		a.classList = "p q"; equal(a.className, "p q", "forwards"); throws("InvalidCharacterError", () => a.classList.add("a b"), "space");
		throws("SyntaxError", () => a.classList.add(""), "empty"); equal(a.classList.replace("p", "q"), true, "replace");
		equal(a.className, "q", "unique");
		equal(a.style.color, "red", "style"); equal(a.style.background, "url(a;b)", "quoted"); a.style.backgroundColor = "blue";
		equal(a.style.getPropertyValue("background-color"), "blue", "camel");
		equal(a.getAttribute("style"), "color: red; background: url(a;b); background-color: blue;", "attribute");
		a.style.setProperty("--x", "1", "important"); equal(a.style.getPropertyPriority("--x"), "important", "priority");
		a.style.removeProperty("color"); equal(a.style.color, "", "removed"); a.style = "top: 1px";
		equal(a.style.cssText, "top: 1px;", "forwards"); equal(a.style.length, 1, "length"); equal(a.style[0], "top", "item");
		a.setAttribute("style", "left: 2px"); equal(a.style.left, "2px", "reparsed"); equal(getComputedStyle(a).left, "2px", "computed");
		equal("left" in a.style, true, "in"); equal(a.style.nonsense, undefined, "unknown"); a.style.nonsense = 1;
		equal(a.style.nonsense, 1, "expando");
		a.toggleAttribute("hidden"); equal(a.hidden, true, "toggled"); a.hidden = false; equal(a.hasAttribute("hidden"), false, "boolean");
		throws("InvalidCharacterError", () => a.setAttribute("a b", ""), "name");
		throws("NamespaceError", () => a.setAttributeNS(null, "p:a", ""), "namespace"); a.setAttributeNS("urn:x", "p:a", "v");
		equal(a.getAttributeNS("urn:x", "a"), "v", "ns"); equal(a.getAttribute("p:a"), "v", "qualified");
		const node = a.getAttributeNode("id"); equal(node.ownerElement, a, "owner"); equal(node.value, "a", "value"); node.value = "b";
		equal(document.getElementById("b"), a, "id"); node.expando = 1; equal(a.attributes.id.expando, 1, "same object");
		a.removeAttributeNode(node); equal(node.ownerElement, null, "removed");
		const el = document.createElementNS("http://www.w3.org/2000/svg", "svg"); equal(el instanceof SVGSVGElement, true, "svg");
		equal(el.tagName, "svg", "case"); equal(document.createElement("FoO").constructor.name, "HTMLUnknownElement", "unknown");
		throws("InvalidCharacterError", () => document.createElement("<"), "element name");`)
}

func TestMarkup(t *testing.T) {
	p := newPage(t)
	p.load(`<body><div id=a></div><template id=t><p>in<template><b></b></template></template>`)
	p.run(`
		const a = document.getElementById("a"), t = document.getElementById("t");
		a.innerHTML = '<b title="x&quot;y">1 &lt; 2</b><!-- c --><br><script>window.ran = 1</' +
		'script><svg viewBox="0 0"><path xlink:href="#a"/></svg>';
		equal(a.innerHTML, '<b title="x&quot;y">1 &lt; 2</b><!-- c --><br><script>window.ran = 1</' +
			'script><svg viewBox="0 0"><path xlink:href="#a"></path></svg>', "round trip");
			equal(window.ran, undefined, "scripts of innerHTML do not run");
		equal(a.querySelector("path").namespaceURI, "http://www.w3.org/2000/svg", "namespace");
		equal(a.querySelector("path").attributes[0].namespaceURI, "http://www.w3.org/1999/xlink", "attribute namespace");
		equal(t.content.firstChild.localName, "p", "contents"); equal(t.childNodes.length, 0, "not children");
		equal(t.innerHTML, "<p>in<template><b></b></template></p>", "inner");
		equal(t.outerHTML, '<template id="t"><p>in<template><b></b></template></p></template>', "outer");
		equal(t.content.ownerDocument === document, false, "inert");
		const c = t.cloneNode(true); equal(c.content.firstChild.textContent, "in", "cloned contents");
		equal(document.importNode(t.content, true).ownerDocument, document, "imported");
		t.innerHTML = "<i></i>"; equal(t.content.firstChild.localName, "i", "set");
		a.innerHTML = ""; a.insertAdjacentHTML("beforeend", "<i>1</i>"); a.insertAdjacentHTML("afterbegin", "0");
		a.insertAdjacentText("beforebegin", "t"); equal(a.outerHTML, '<div id="a">0<i>1</i></div>', "adjacent");
		throws("SyntaxError", () => a.insertAdjacentHTML("x", ""), "place");
		a.firstElementChild.outerHTML = "<u></u>x"; equal(a.innerHTML, "0<u></u>x", "outerHTML"); a.innerText = "l1\nl2";
		equal(a.innerHTML, "l1<br>l2", "innerText"); a.textContent = "<"; equal(a.innerHTML, "&lt;", "textContent");
		const s = document.createElement("script"); s.textContent = "window.ran = document.currentScript"; a.append(s);
		equal(window.ran, s, "inserted scripts run"); a.append(s.cloneNode(true)); equal(window.ran, s, "copies of what ran do not");
		const d = new DOMParser().parseFromString("<p>x<script>window.ran = 2</" + "script>", "text/html");
		equal(d.body.firstChild.firstChild.data, "x", "DOMParser"); equal(window.ran, s, "nothing runs there");
		equal(d.defaultView, null, "no view"); document.body.append(d.body.firstChild);
		equal(document.body.lastChild.ownerDocument, document, "adopted");
		const x = new DOMParser().parseFromString('<a xmlns="urn:a" xmlns:p="urn:p"><p:b p:c="1"/>t</a>', "text/xml");
		equal(x.documentElement.namespaceURI, "urn:a", "xml"); equal(x.documentElement.firstChild.prefix, "p", "prefix");
		equal(x.documentElement.firstChild.getAttributeNS("urn:p", "c"), "1", "attribute");
		equal(x.constructor.name, "XMLDocument", "XMLDocument"); equal(new XMLSerializer().serializeToString(x),
			'<a xmlns="urn:a" xmlns:p="urn:p"><p:b p:c="1"/>t</a>', "serialized");
		equal(new DOMParser().parseFromString("<a>", "text/xml").documentElement.localName, "parsererror", "error");
		const h = document.implementation.createHTMLDocument("t"); equal(h.title, "t", "createHTMLDocument");
		equal(h.body.innerHTML, "", "body");`)
}

func TestWrappers(t *testing.T) {
	p := newPage(t)
	p.load(`<body><div id=a><p id=b></p></div>`)
	p.run(`
		document.getElementById("b").mark = 1; document.getElementById("b").addEventListener("x", () => { globalThis.heard = true });
		var detached = document.createElement("section"); detached.innerHTML = "<i><u></u></i>"; detached.firstChild.firstChild.mark = 2;
		var leaf = document.createElement("i"); (() => { const root = document.createElement("b"); root.mark = 3; root.append(leaf) })();`)
	p.rt.GC()
	p.run(`
		equal(document.getElementById("b").mark, 1, "expandos stay in a document"); document.getElementById("b").dispatchEvent(new Event("x"));
		equal(heard, true, "listeners, too");
		equal(detached.firstChild.firstChild.mark, 2, "and in a tree without document"); equal(leaf.parentNode.mark, 3, "upwards");`)
	p.run(`var gone = []; for (let i = 0; i < 100; i++) { const a = document.createElement("div"), b = document.createElement("p");
		a.append(b); a.self = b; b.addEventListener("x", () => a); gone.push(new WeakRef(a)); } var kept = gone.length`)
	p.rt.GC()
	p.run(`equal(gone.filter(r => r.deref()).length, 0, "what nobody holds is collected")`)
}

func TestMutationObserver(t *testing.T) {
	p := newPage(t)
	p.load(`<body><div id=a>x</div>`)
	p.run(`
		var a = document.getElementById("a"), got = [];
		var o = new MutationObserver((records, self) => { got.push(records.map(r =>
			r.type + ":" + r.target.nodeName + ":" + [...r.addedNodes].length + ":" + r.removedNodes.length + ":" + r.attributeName + ":" +
			r.oldValue).join(" ")); equal(self, o, "self") });
		o.observe(document.body, { childList: true, attributes: true, attributeOldValue: true, characterData: true, subtree: true });
		a.firstChild.data = "y"; a.title = "1"; a.title = "2"; a.append("z"); a.firstChild.remove();
		throws("TypeError", () => o.observe(a, {}), "nothing");
		throws("TypeError", () => o.observe(a, { attributes: false, attributeFilter: [] }), "filter");`)
	p.run(`equal(got.join("|"), "characterData:#text:0:0:null:null attributes:DIV:0:0:title:null attributes:DIV:0:0:title:1 " +
		"childList:DIV:1:0:null:null childList:DIV:0:1:null:null", "records"); got = []; a.remove(); a.title = "3";`)
	p.run(`equal(got.join("|"), "childList:BODY:0:1:null:null attributes:DIV:0:0:title:2", "what was removed is observed until then");
		got = []; a.title = "4"; o.disconnect(); document.body.title = "x"`)
	p.run(`equal(got.length, 0, "disconnected")`)
}
