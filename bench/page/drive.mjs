// Opens the page in Chromium, and prints what it has measured.
import { createRequire } from "node:module";

const puppeteer = createRequire(new URL("../../npm/package.json", import.meta.url))("puppeteer-core");
const executablePath = process.env.ENTANGLE_CHROMIUM ?? "/usr/bin/chromium";
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(error.stack));
await page.goto(process.argv[2]);
await page.waitForFunction(() => globalThis.result, { polling: 100, timeout: 120_000 });
console.log(JSON.stringify(await page.evaluate(() => globalThis.result)));
await browser.close();
