// Opens pages, one after the other, and waits until each says that it is served.
import puppeteer from "../../node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js";

const executablePath = process.env.ENTANGLE_CHROMIUM ?? "/usr/bin/chromium";
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
for (const address of process.argv.slice(2)) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.log(`${address}: ${error.stack}`));
  page.on("console", (message) => console.log(`${address}: ${message.text()}`));
  await page.goto(address);
  await page.waitForFunction(() => document.title === "served", { polling: 50, timeout: 60_000 });
  await page.close();
  console.log(`${address} is served`);
}
await browser.close();
