// What is done to the demo's pages, and what must then be seen. Every wait is for a condition.

export const scenarios = { landing, document: sharedDocument, restart, reload, contacts, auth, readme };

// holds waits until a condition, evaluated in a page or frame, is true.
const holds = (page, condition, arg) => page.waitForFunction(condition, arg, { polling: 25 });

const text = (page) => page.locator("textarea");
const value = () => document.querySelector("textarea").value;
const people = (page, n) => holds(page, (n) => document.querySelectorAll(".people li").length === n, n);
const contains = (page, words) => holds(page, (words) => words.every((w) => document.querySelector("textarea").value.includes(w)), words);

// converge waits until all pages have all words, which are all that was typed, and then
// the same text.
async function converge(pages, words) {
  await Promise.all(pages.map((page) => contains(page, words)));
  const [first, ...rest] = await Promise.all(pages.map((page) => page.evaluate(value)));
  for (const other of rest) if (other !== first) throw new Error(`texts differ:\n${first}\n---\n${other}`);
}

// type writes words where the caret is after a key: "Control+Home", "Control+End".
async function type(page, key, words) {
  await text(page).focus();
  await page.keyboard.press(key);
  await text(page).pressSequentially(words);
}

async function sharedDocument({ site, open, step }) {
  const pages = [];
  for (let i = 1; i <= 3; i++) {
    pages.push(await open(`${site.social}/document`));
    await Promise.all(pages.map((page) => people(page, i)));
  }
  const [a, b, c] = pages;

  await step("three windows that type at once converge", async () => {
    await Promise.all([type(a, "Control+Home", "alpha "), type(b, "Control+End", "beta "), type(c, "Control+Home", "gamma ")]);
    await converge(pages, ["This text lives", "alpha ", "beta ", "gamma "]);
  });
  await step("when the first is closed the rest find each other", async () => {
    await a.context().close();
    await Promise.all([people(b, 2), people(c, 2)]);
  });
  await step("the rest go on", async () => {
    await Promise.all([type(b, "Control+Home", "delta "), type(c, "Control+End", "epsilon ")]);
    await converge([b, c], ["delta ", "epsilon "]);
  });
  await step("a window that comes later is brought up to date", async () => {
    const d = await open(`${site.social}/document`);
    await converge([b, c, d], ["delta ", "epsilon "]);
  });
}

async function restart({ site, open, step }) {
  const pages = [];
  for (let i = 1; i <= 3; i++) {
    pages.push(await open(`${site.social}/document`));
    await Promise.all(pages.map((page) => people(page, i)));
  }
  const [a, b, c] = pages;
  const state = (wanted) => Promise.all(pages.map((page) =>
    holds(page, (wanted) => document.querySelector(".badge").dataset.state === wanted, wanted)));

  await step("three windows type", async () => {
    await Promise.all([type(a, "Control+Home", "alpha "), type(b, "Control+End", "beta ")]);
    await converge(pages, ["alpha ", "beta "]);
  });
  await step("with no hub they say so, and are typed in", async () => {
    await state("reconnecting");
    await Promise.all([type(a, "Control+Home", "gamma "), type(b, "Control+End", "delta "), type(c, "Control+Home", "epsilon ")]);
    await Promise.all([contains(a, ["gamma "]), contains(b, ["delta "]), contains(c, ["epsilon "])]);
  });
  await step("when the hub is back nothing that was typed is lost", async () => {
    await state("open");
    await converge(pages, ["alpha ", "beta ", "gamma ", "delta ", "epsilon "]);
    await Promise.all(pages.map((page) => people(page, 3)));
  });
  await step("and they go on", async () => {
    await type(c, "Control+End", "zeta ");
    await converge(pages, ["zeta "]);
  });
}

// reload has a page that talks to a service, and is reloaded.
async function reload({ site, open, step }) {
  const page = await open(`${site.social}/social`);
  const says = () => page.evaluate(async ([social, hub]) => {
    const { connect } = await import(`${social}/entangle.js`);
    globalThis.port = connect(hub).connectTo("reloads", { targetOrigin: "https://service.example" });
    port.postMessage("here I am");
  }, [site.social, site.hub]);
  await step("the page says something", says);
  for (let i = 0; i < 3; i++) {
    await step("it is reloaded, and says it again", async () => {
      await page.reload();
      await says();
    });
  }
}

async function landing({ site, open, step }) {
  const page = await open(`${site.social}/`);
  const frames = await Promise.all([0, 1].map((i) => page.locator("iframe").nth(i).elementHandle()));
  const [left, right] = await Promise.all(frames.map((frame) => frame.contentFrame()));
  await Promise.all([people(left, 2), people(right, 2)]);

  await step("what is typed in one frame shows in the other", async () => {
    await left.locator("textarea").focus();
    await page.keyboard.press("Control+Home");
    await left.locator("textarea").pressSequentially("zeta ");
    await converge([left, right], ["zeta "]);
  });
}

async function contacts({ site, open, step }) {
  const page = await open(`${site.social}/social`);
  const frame = async (id) => (await page.locator(`#${id} iframe`).elementHandle()).contentFrame();
  const [game, book] = [await frame("game"), await frame("book")];
  const says = (words) => holds(game, (words) => document.querySelector(".answer").textContent.includes(words), words);
  const entries = (n) => holds(book, (n) => document.querySelectorAll("#contacts li").length === n, n);
  const granted = (id, words) =>
    holds(book, ([id, words]) => document.querySelectorAll("#grants li")[id - 1]?.textContent.includes(words), [id, words]);
  const ask = async (id) => {
    await game.getByRole("button", { name: "Ask to add a contact" }).click();
    await page.getByRole("button", { name: "Allow one" }).click();
    await says(`Got port ${id}`);
  };
  const add = () => game.getByRole("button", { name: "Add Guillaume Tell" }).click();
  await holds(page, () => document.querySelector("#social .badge").dataset.state === "open");
  await holds(book, () => document.querySelector(".badge").dataset.state === "open");

  await step("the game is given a port", async () => {
    await ask(1);
    await granted(1, "unused");
  });
  await step("over it the game adds one contact", async () => {
    await add();
    await says("Guillaume Tell is in the address book");
    await entries(1);
    await granted(1, "used");
  });
  await step("a second add is refused", async () => {
    await add();
    await says("Refused");
    await granted(1, "1 refused");
    await entries(1);
  });
  await step("a revoked port adds nothing", async () => {
    await ask(2);
    await page.getByRole("button", { name: "Revoke port 2" }).click();
    await says("Port 2 was revoked");
    await granted(2, "revoked");
    await add(); // to nobody
    await ask(3); // behind it
    await add();
    await entries(2);
    await granted(3, "used");
  });
  await step("the contacts page revokes too", async () => {
    await ask(4);
    await book.getByRole("button", { name: "Revoke port 4" }).click();
    await says("Port 4 was revoked");
    await granted(4, "revoked");
  });
}

async function auth({ site, open, step }) {
  const pages = await Promise.all([1, 2, 3].map(() => open(`${site.social}/auth`)));
  const all = (isIn) => Promise.all(pages.map((page) =>
    holds(page, (isIn) => document.querySelector(".session").dataset.in === isIn, String(isIn))));
  for (const page of pages) await holds(page, () => document.querySelector(".badge").dataset.state === "open");

  await step("a log out in one context reaches the others", async () => {
    await pages[0].getByRole("button", { name: "Log out" }).click();
    await all(false);
  });
  await step("a log in too", async () => {
    await pages[1].getByRole("button", { name: "Log in" }).click();
    await all(true);
  });
  await step("a terminal reaches them", () => all(false), ["broadcast", "auth", '"logout"']);
}

// readme comes to the service of README.md and leaves it in every way that there is. One visitor
// stays all the time.
async function readme({ site, open, crash, openAndKill, step }) {
  const greeting = `Hello, page of ${site.readme}`;
  const isGreeted = (page) => holds(page, (wanted) => document.querySelector("#greeting").textContent === wanted, greeting);
  const visit = async () => {
    const page = await open(site.readme);
    await isGreeted(page);
    return page;
  };
  const stays = await open(site.readme);
  // say posts what the visitor that stays has to say, over one port, and returns the answer.
  const say = (message) => stays.evaluate(async ([social, hub, message]) => {
    const { connect } = await import(`${social}/entangle.js`);
    globalThis.port ??= connect(hub).connectTo("greeter", { targetOrigin: "https://greeter.example" });
    port.postMessage(message);
    return new Promise((resolve) => { port.onmessage = ({ data }) => resolve(data); });
  }, [site.social, site.hub, message]);
  const answers = async (message, wanted) => {
    const answer = await say(message);
    if (answer !== `Hello, ${wanted} of ${site.readme}`) throw new Error(`the answer is ${JSON.stringify(answer)}`);
  };
  let page;

  await step("the program greets the page", async () => {
    page = await visit();
    const charset = await page.evaluate(() => document.characterSet);
    if (charset !== "UTF-8") throw new Error(`the page is read as ${charset}`);
    await answers("Ada", "Ada");
  });
  await step("nobody is greeted by the name of nothing", () => answers(undefined, "somebody"));
  await step("the page is greeted each time that it is reloaded", async () => {
    for (let i = 0; i < 3; i++) {
      await page.reload();
      await isGreeted(page);
    }
  });
  await step("also when it does not wait for the greeting", async () => {
    for (let i = 0; i < 8; i++) await page.goto(site.readme, { waitUntil: i % 2 ? "load" : "commit" });
    await isGreeted(page);
  });
  await step("others are greeted when it is closed", async () => {
    await page.close();
    page = await visit();
  });
  await step("others are greeted when it crashes", async () => {
    await crash(page);
    page = await visit();
  });
  await step("others are greeted when a browser is killed", async () => {
    await openAndKill(site.readme, isGreeted);
    await visit();
  });
  await step("the program goes on with the one that stayed", () => answers("Ada again", "Ada again"));
}
