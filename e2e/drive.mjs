// Drives a real Chromium through one scenario of the demo, step by step, for the Go test that started it:
//
//     node drive.mjs SCENARIO SITE PATIENCE
//
// SITE is JSON, PATIENCE the milliseconds that a condition may take. Before each step it prints a line
// {"step": name} and waits for a line with the step's own patience; after it, {"done": name} or
// {"failed": name, "why": text}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { scenarios } from "./scenarios.mjs";

const { chromium } = createRequire(new URL("../npm/package.json", import.meta.url))("playwright-core");
const [scenario, site, patience] = process.argv.slice(2);
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

// step runs work once the Go test says so; with a command, the test has run that first.
async function step(name, work, command) {
  say({ step: name, command });
  const { value } = await orders.next();
  for (const context of browser.contexts()) context.setDefaultTimeout(+value);
  try {
    await work();
  } catch (error) {
    say({ failed: name, why: String(error.message) });
    await browser.close();
    process.exit(0);
  }
  say({ done: name });
}

// open opens an address in a browser context of its own: its own storage, its own cookies.
async function open(path) {
  const context = await browser.newContext();
  context.setDefaultTimeout(+patience);
  const page = await context.newPage();
  page.on("pageerror", (error) => say({ error: `${path}: ${error.message}` }));
  page.on("console", (message) => {
    if (message.type() === "error") say({ console: `${path}: ${message.text()}` });
  });
  await page.goto(path);
  return page;
}

try {
  await scenarios[scenario]({ site: JSON.parse(site), open, step });
} catch (error) {
  say({ error: String(error.stack) });
}
await browser.close();
process.exit(0);
