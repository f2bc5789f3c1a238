package html

import (
	"strings"
	"testing"
)

func TestScriptsSeeWhatPrecedesThem(t *testing.T) {
	p := newPage(t)
	p.wait = true
	p.load(`<!doctype html><body><p>1<script>var seen = document.querySelectorAll("*").length;
		equal(document.currentScript.localName, "script", "current");
		equal(document.body.lastChild.lastChild, document.currentScript, "last")</script>
		<script id=w src=x></script><p id=after>2`)
	p.logged("script x")
	p.run(`equal(seen, 5, "elements"); equal(document.getElementById("after"), null, "the parser waits");
		equal(document.currentScript, null, "none runs")`)
	if !p.document.Parser().Waiting() {
		t.Fatal("the parser does not wait")
	}
	p.document.Parser().Resume()
	p.logged("parsed")
	p.run(`equal(document.getElementById("after").textContent, "2", "resumed")`)
}

func TestWrite(t *testing.T) {
	p := newPage(t)
	p.load(`<body><div><script>document.write("<b>1</b>"); equal(document.querySelector("b").textContent, "1", "at once");
		document.write("<script>var ran = 1;"); document.write("<" + "/script>"); equal(ran, 1, "scripts in it run")</script></div><p>`)
	p.run(`equal(document.querySelector("div").children.length, 3, "in place");
		equal(document.querySelector("div").nextSibling.localName, "p", "then the rest")`)
	p = newPage(t)
	p.load(`<script>document.write("name")</script>`)
	p.run(`equal(document.body.textContent, "name", "text comes into the body")`)
	p.log = nil
	p.run(`
		var fired = 0; document.addEventListener("x", () => fired++); document.body.id = "old";
		document.open(); document.dispatchEvent(new Event("x")); equal(fired, 0, "open erases listeners");
		equal(document.documentElement, null, "and nodes");
		document.write("<title>t</title><p>1"); equal(document.querySelector("p").textContent, "1", "shown at once"); document.write("<p>2");
		document.close();
		equal(document.title, "t", "title"); equal(document.querySelectorAll("p").length, 2, "both")`)
	p.logged("parsed")
	p.run(`document.write("<i>again</i>"); document.close(); equal(document.body.innerHTML, "<i>again</i>", "write after the end opens")`)
}

func TestHandlers(t *testing.T) {
	p := newPage(t)
	p.load(`<body onload="got = [this === window, event.type]" onclick="got = 'body'"><form id=f name=ff><button id=b type=button
		onclick="got = [this === document.getElementById('b'), form.id, typeof action, inner.localName]" value=v>x</button><input
		name=inner></form><a id=l href=next><span>s</span></a>`)
	p.run(`
		var got; dispatchEvent(new Event("load")); equal(got.join(), "true,load", "body's onload is the window's");
		equal(document.body.onload, onload, "the same");
		document.body.onclick = null; document.getElementById("b").click(); equal(got.join(), "true,f,string,input", "scope");
		equal(typeof document.getElementById("b").onclick, "function", "compiled");
		document.getElementById("b").setAttribute("onclick", "("); document.getElementById("b").click();
		let path; addEventListener("p", e => path = e.composedPath().map(x => x.nodeName || "window").join());
		document.getElementById("b").dispatchEvent(new Event("p", { bubbles: true }));
		equal(path, "BUTTON,FORM,BODY,HTML,#document,window", "path");
		document.querySelector("span").click(); document.querySelector("a").addEventListener("click", e => e.preventDefault());
		document.querySelector("span").click();`)
	if len(p.log) != 3 || p.log[0] != "parsed" || !strings.HasPrefix(p.log[1], "error ") || p.log[2] != "follow a#l" {
		t.Errorf("log %q", p.log)
	}
	p.run(`
		const l = document.querySelector("a"); equal(l.href, "https://example.com/dir/next", "href");
		equal(l.origin, "https://example.com", "origin"); l.pathname = "/x"; l.hash = "h";
		equal(l.getAttribute("href"), "https://example.com/x#h", "parts"); equal(String(l), l.href, "string");
		document.head.innerHTML = "<base href='/base/'>"; l.setAttribute("href", "y"); equal(l.href, "https://example.com/base/y", "base");
		equal(document.baseURI, "https://example.com/base/", "baseURI");`)
}

func TestFrames(t *testing.T) {
	p := newPage(t)
	p.load(`<iframe id=a src=x name=n></iframe><div id=d></div>`)
	p.logged("frame inserted iframe#a", "parsed")
	p.run(`const f = document.createElement("iframe"); f.id = "b"; f.src = "y"; document.getElementById("d").append(f); f.src = "z";
		f.srcdoc = "q"; f.name = "m"; f.src = "w"; equal(f.src, "https://example.com/dir/w", "resolved");
		equal(f.sandbox.supports("allow-scripts"), true, "sandbox"); document.getElementById("d").remove()`)
	p.logged("frame inserted iframe#b", "frame navigates iframe#b", "frame navigates iframe#b", "frame renamed iframe#b",
		"frame removed iframe#b")
}

func TestForms(t *testing.T) {
	p := newPage(t)
	p.load(`<form id=f><input name=t value=a><input type=checkbox name=c><input
		type=radio name=r value=1 checked><input type=radio name=r value=2><select
		name=s><option>x<option value=y selected>z</select><textarea name=ta>
line</textarea><button id=go>go</button></form><label for=out>l</label><input id=out form=f>`)
	p.log = nil
	p.run(`
		const f = document.forms[0], e = f.elements; equal(document.forms.f, f, "named"); equal(e.length, 8, "elements");
		equal(e.t.value, "a", "value"); e.t.value = "b"; equal(e.t.getAttribute("value"), "a", "default stays");
		equal(e.t.defaultValue, "a", "default");
		const c = e.c; let events = []; c.addEventListener("input", () => events.push("input" + c.checked));
		c.addEventListener("change", () => events.push("change")); c.click(); equal(events.join(), "inputtrue,change", "checkbox");
		c.addEventListener("click", x => x.preventDefault()); c.click(); equal(c.checked, true, "canceled");
		const [r1, r2] = f.querySelectorAll("[type=radio]"); r2.click(); equal(r1.checked, false, "group");
		equal(f.querySelector(":checked[type=radio]"), r2, ":checked");
		const s = e.s; equal(s.value, "y", "select"); s.value = "x"; equal(s.selectedIndex, 0, "index"); equal(s.options.length, 2, "options");
		s.options[1].selected = true; equal(s.value, "y", "selected"); equal(e.ta.value, "line", "textarea");
		equal(document.querySelector("label").control.id, "out", "label"); equal(document.getElementById("out").form, f, "form attribute");
		f.addEventListener("submit", x => { events.push(x.submitter.id); if (globalThis.stop) x.preventDefault() });
		document.getElementById("go").click(); globalThis.stop = true; f.requestSubmit(document.getElementById("go")); f.submit();
		f.reset(); equal(e.t.value, "a", "reset"); equal(r1.checked, true, "reset radio"); equal(s.value, "y", "reset select");
		document.getElementById("out").focus(); equal(document.activeElement.id, "out", "focus");
		equal(document.querySelector(":focus").id, "out", ":focus"); document.activeElement.blur();
		equal(document.activeElement, document.body, "blur");
		const im = new Image(3); equal(im.width, 3, "Image"); equal(im instanceof HTMLImageElement, true, "instance");
		equal(new Option("t", "v").value, "v", "Option");`)
	p.logged("submit", "submit")
}

func TestLimits(t *testing.T) {
	p := newPage(t)
	p.load(`<body>`)
	p.run(`
		let n = document.body; for (let i = 0; i < 100000; i++) { const c = document.createElement("div"); n.appendChild(c); n = c }
		n.textContent = "deep"; equal(document.body.textContent, "deep", "text"); equal(document.body.innerHTML.length, 1100004, "serialized");
		equal(document.body.cloneNode(true).isEqualNode(document.body), true, "cloned");
		equal(document.querySelectorAll("div > div + div").length, 0, "queried"); n = null; document.body.firstChild.remove();
		let deep = ""; for (let i = 0; i < 5000; i++) deep += "<b>";
		throws("RangeError", () => { document.body.innerHTML = deep }, "too deep for the parser")`)
	p.run(`throws("RangeError", () => { const s = "<i>".repeat(2000000); document.body.innerHTML = s }, "too many nodes");
		document.body.innerHTML = "<i></i>"`)
}
