// Wires draws the connections between the parties of a stage, each an
// element with an id, and lets a spark run along a wire for each
// message that passed it, one after the other. A journal says the same
// in words.

const svgNamespace = "http://www.w3.org/2000/svg";
const flight = 650; // milliseconds that a spark is under way
const still = matchMedia("(prefers-reduced-motion: reduce)");
const names = { game: "Game", social: "Social site", book: "Contacts page", service: "Contacts service" };

export class Wires {
  #stage;
  #svg = document.createElementNS(svgNamespace, "svg");
  #wires = new Map(); // name -> {path, from, to, lane}
  #last = Promise.resolve(); // resolves when the last spark has arrived
  #waiting = 0; // sparks that have not

  constructor(stage) {
    this.#stage = stage;
    this.#svg.setAttribute("class", "wires");
    this.#svg.setAttribute("aria-hidden", "true"); // the journal says it in words
    stage.append(this.#svg);
    new ResizeObserver(() => this.#layOut()).observe(stage);
  }

  // add draws a wire between two parties. Its kind is a class: "window"
  // for window.postMessage, "granted" for a capability, otherwise a
  // port.
  add(name, from, to, kind = "port") {
    if (this.#wires.has(name)) return;
    const path = document.createElementNS(svgNamespace, "path");
    path.setAttribute("class", kind);
    this.#svg.append(path);
    this.#wires.set(name, { path, from, to, lane: this.#wires.size });
    this.#layOut();
  }

  // cut shows that a wire has ended, and takes it away a little later.
  cut(name) {
    const wire = this.#wires.get(name);
    if (!wire) return;
    this.#last = this.#last.then(() => {
      wire.path.classList.add("ended");
      setTimeout(() => {
        wire.path.remove();
        if (this.#wires.get(name) === wire) this.#wires.delete(name);
      }, 4 * flight);
    });
  }

  cutAll(kind) {
    for (const [name, { path }] of this.#wires) if (path.classList.contains(kind)) this.cut(name);
  }

  // pulse shows that a message left the party from over a wire.
  pulse(name, from, who, what, kind) {
    this.note(who, what, kind);
    if (this.#waiting >= 20) return; // a page that says too much is written down, not drawn
    this.#waiting++;
    this.#last = this.#last.then(() => this.#fly(name, from)).finally(() => this.#waiting--);
  }

  // tell is a pulse that another page reported.
  tell({ wire, from, what, kind }) {
    if (this.#wires.has(wire)) this.pulse(wire, String(from), names[from] ?? "", String(what), kind);
  }

  // note writes a line into the journal, newest first.
  note(who, what, kind) {
    const journal = document.querySelector(".journal");
    const line = document.createElement("li");
    const name = document.createElement("span");
    const words = document.createElement("span");
    name.className = "who";
    name.textContent = who;
    words.textContent = what;
    if (kind === "bad") words.className = "bad";
    line.append(name, words);
    journal.prepend(line);
    while (journal.children.length > 50) journal.lastChild.remove();
  }

  async #fly(name, from) {
    const wire = this.#wires.get(name);
    if (!wire || document.hidden) return;
    wire.path.classList.add("lit");
    if (still.matches) {
      await new Promise((done) => setTimeout(done, flight));
    } else {
      const spark = document.createElementNS(svgNamespace, "circle");
      spark.setAttribute("r", "7");
      await travel(this.#svg, spark, wire.path, from !== wire.from);
      spark.remove();
    }
    wire.path.classList.remove("lit");
  }

  #layOut() {
    const frame = this.#stage.getBoundingClientRect();
    const beside = matchMedia("(min-width: 62rem)").matches;
    for (const { path, from, to, lane } of this.#wires.values()) {
      const box = (id) => {
        const { left, right, top, bottom } = this.#stage.querySelector(`#${id}`).getBoundingClientRect();
        return { left: left - frame.left, right: right - frame.left, top: top - frame.top, bottom: bottom - frame.top };
      };
      path.setAttribute("d", beside ? across(box(from), box(to), lane) : along(box(from), box(to), lane));
    }
  }
}

// across joins boxes that stand beside each other, or one above the
// other.
function across(a, b, lane) {
  if (a.right < b.left && a.bottom > b.top) {
    const y = Math.max(a.top, b.top) + 28;
    return `M ${a.right} ${y} L ${b.left} ${y}`;
  }
  const middle = (a.left + a.right) / 2;
  const width = b.right - b.left;
  const x1 = middle + (lane > 2 ? ((lane - 3) % 5) * 14 : 0);
  const centre = (b.left + b.right) / 2;
  const side = Math.abs(middle - centre) < width / 4 ? 0 : Math.sign(middle - centre);
  const x2 = centre + side * width * 0.3 + (x1 - middle);
  const y = (a.bottom + b.top) / 2;
  return `M ${x1} ${a.bottom} C ${x1} ${y + 12}, ${x2} ${y - 12}, ${x2} ${b.top}`;
}

// along joins boxes that stand one above the other in a narrow window,
// in the margin at their left.
function along(a, b, lane) {
  const y1 = (a.top + a.bottom) / 2 + 10 * (lane % 4);
  const y2 = (b.top + b.bottom) / 2 + 10 * (lane % 4) - 16;
  const x = a.left - 12 - 8 * (lane % 4);
  const r = 10;
  const down = y2 > y1 ? r : -r;
  return `M ${a.left} ${y1} H ${x + r} Q ${x} ${y1} ${x} ${y1 + down} V ${y2 - down} Q ${x} ${y2} ${x + r} ${y2} H ${b.left}`;
}

function travel(svg, spark, path, backwards) {
  const length = path.getTotalLength();
  const begin = performance.now();
  return new Promise((done) => {
    function step(now) {
      const part = Math.min(1, Math.max(0, now - begin) / flight);
      const eased = part * part * (3 - 2 * part);
      const { x, y } = path.getPointAtLength(length * (backwards ? 1 - eased : eased));
      spark.setAttribute("cx", x);
      spark.setAttribute("cy", y);
      if (!spark.isConnected) svg.append(spark);
      if (part < 1) requestAnimationFrame(step);
      else done();
    }
    requestAnimationFrame(step);
  });
}
