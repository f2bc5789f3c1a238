import { copyButton } from "./copy.js";
import { highlight } from "./highlight.js";

// <running-source files="document.js links.js"> shows the source of the
// demo beside it: the files that were served, each under a tab.
customElements.define("running-source", class extends HTMLElement {
  #pre = document.createElement("pre");
  #tabs = [];

  connectedCallback() {
    const bar = document.createElement("div");
    const list = document.createElement("div");
    bar.className = "source-bar";
    list.className = "source-tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Source files");
    this.#pre.id = "source-text";
    this.#pre.tabIndex = 0;
    this.#pre.setAttribute("role", "tabpanel");
    this.#tabs = this.getAttribute("files").split(" ").map((file) => this.#tab(file));
    list.append(...this.#tabs);
    list.addEventListener("keydown", (event) => this.#onKey(event));
    bar.append(list, copyButton(() => this.#pre.textContent, "the source"));
    this.replaceChildren(bar, this.#pre);
    this.#select(this.#tabs[0]);
  }

  #tab(file) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `source-${file.replace(/\W/g, "-")}`;
    tab.textContent = file;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", this.#pre.id);
    tab.addEventListener("click", () => this.#select(tab));
    return tab;
  }

  #onKey(event) {
    const at = this.#tabs.indexOf(document.activeElement);
    const last = this.#tabs.length - 1;
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#tabs[to].focus();
    this.#select(this.#tabs[to]);
  }

  async #select(tab) {
    for (const t of this.#tabs) {
      t.setAttribute("aria-selected", t === tab);
      t.tabIndex = t === tab ? 0 : -1;
    }
    this.#pre.setAttribute("aria-labelledby", tab.id);
    const file = tab.textContent;
    const response = await fetch(file);
    const text = response.ok ? await response.text() : `${file}: ${response.status} ${response.statusText}`;
    if (tab.getAttribute("aria-selected") !== "true") return; // another one was chosen meanwhile
    this.#pre.replaceChildren(...highlight(text, file.split(".").at(-1)));
    this.#pre.scrollTo(0, 0);
  }
});
