// Drives a real Chromium through scenarios of the demo, step by step, for the Go test that started
// it and that speaks with it in lines of JSON.
//
// It reads {"scenario": name, "site": addresses, "patience": milliseconds} and prints {"step":
// name} before each step, for which it reads {"patience": milliseconds} or {"abort": true}, and
// after it {"done": name} or {"failed": name, "why": text}. To abort and to fail end the scenario.
// The last line of a scenario is {"end": name}. {"error": text} is what should never be.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { scenarios } from "./scenarios.mjs";

const { chromium } = createRequire(new URL("../npm/package.json", import.meta.url))("playwright-core");
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const isFailure = Symbol("a step failed");

const options = {
  executablePath: process.env.CHROMIUM,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
};
const browser = await chromium.launch(options);
let patience; // milliseconds that a condition may take

for (;;) {
  const order = await next();
  if (!order) break;
  patience = order.patience;
  try {
    await scenarios[order.scenario]({ site: order.site, open, crash, openAndKill, step });
  } catch (error) {
    if (error !== isFailure) say({ error: String(error.stack) });
  }
  for (const context of browser.contexts()) await context.close();
  say({ end: order.scenario });
}
await browser.close();

async function next() {
  const { value, done } = await orders.next();
  return done ? undefined : JSON.parse(value);
}

// step runs work once the Go test says so; with a command, the test has run that in a
// terminal first.
async function step(name, work, command) {
  say({ step: name, command });
  const order = await next();
  if (!order || order.abort) throw isFailure;
  patience = order.patience;
  for (const context of browser.contexts()) context.setDefaultTimeout(patience);
  try {
    await work();
  } catch (error) {
    say({ failed: name, why: error.message });
    throw isFailure;
  }
  say({ done: name });
}

// open opens an address in a browser context of its own: its own storage, its own cookies.
async function open(address, within = browser) {
  const context = await within.newContext();
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.on("pageerror", (error) => say({ error: `${address}: ${error.message}` }));
  page.on("console", (message) => {
    if (message.type() === "error") say({ console: `${address}: ${message.text()}` });
  });
  await page.goto(address);
  return page;
}

// crash ends the process of a page, not the browser.
async function crash(page) {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  session.send("Page.crash").catch(() => {}); // there is nobody left to answer
  await crashed;
}

// openAndKill opens an address in a browser of its own, which is killed once the page has
// been looked at.
async function openAndKill(address, look) {
  const server = await chromium.launchServer(options);
  try {
    await look(await open(address, await chromium.connect(server.wsEndpoint())));
  } finally {
    await server.kill();
  }
}
