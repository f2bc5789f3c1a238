/** A Chromium with pages of the test server, which the Go test has started. */

import { after, afterEach, describe, it } from "node:test";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

export const server = process.env.ENTANGLE_SERVER!;

let browser: Browser | undefined;
let context: BrowserContext | undefined;

/** A page, which is a session of its own at the hub; its helpers (see page.ts) are loaded. */
export async function open(path = "/"): Promise<Page> {
  browser ??= await chromium.launch({
    executablePath: process.env.ENTANGLE_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(process.env.ENTANGLE_CHROMIUM_FLAGS?.split(" ") ?? []),
    ],
  });
  context ??= await browser.newContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => console.log(`page error: ${error.stack}`));
  page.on("console", (message) => console.log(`page ${message.type()}: ${message.text()}`));
  await page.goto(server + path);
  await page.waitForFunction(() => "t" in globalThis);
  return page;
}

/** Tests with pages, each of which is closed after its test. */
export function suite(name: string, tests: () => void): void {
  describe(name, () => {
    afterEach(async () => {
      await Promise.all((context?.pages() ?? []).map((page) => page.close()));
    });
    after(() => browser?.close());
    tests();
  });
}

export function test(name: string, run: () => Promise<void>): void {
  void it(name, { timeout: 30_000 }, run);
}

/** What the hub has counted: see Go's hub.Counters. */
export async function counters(): Promise<Record<"messages" | "transfers" | "connections" | "broadcasts", number>> {
  return (await fetch(`${server}/counters`)).json() as never;
}

let names = 0;

/** A name that no other test uses. */
export const name = (): string => `name ${++names}`;
