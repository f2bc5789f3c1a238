/**
 * A browser with pages of the test server, which the Go test has started: Chromium, or what
 * ENTANGLE_BROWSER says ("firefox").
 */

import { after, afterEach, before, describe, it } from "node:test";
import puppeteer, { type Browser, type BrowserContext, type LaunchOptions, type Page as Driven } from "puppeteer-core";

export const server = process.env.ENTANGLE_SERVER!;
export const isFirefox = process.env.ENTANGLE_BROWSER === "firefox";

const chromium: LaunchOptions = {
  browser: "chrome",
  executablePath: process.env.ENTANGLE_CHROMIUM ?? "/usr/bin/chromium",
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
};

const firefox: LaunchOptions = {
  browser: "firefox",
  executablePath: process.env.ENTANGLE_FIREFOX ?? "/usr/bin/firefox-esr",
  // All pages but one are in the background, where a timer takes a second; Chromium is told by
  // puppeteer that it does not.
  extraPrefsFirefox: { "dom.min_background_timeout_value": 4, "dom.min_background_timeout_value_without_budget_throttling": 4 },
};

let browser: Browser;
let context: BrowserContext;

before(async () => {
  browser = await puppeteer.launch({ headless: true, timeout: 120_000, ...(isFirefox ? firefox : chromium) });
  context = await browser.createBrowserContext();
});
after(() => browser.close());

/** A page, which is a session of its own at the hub. */
export class Page {
  readonly #page: Driven;
  #offline = false;

  constructor(page: Driven) {
    this.#page = page;
    page.on("pageerror", (error) => console.log(`page error: ${(error as Error).stack}`));
    page.on("console", (message) => console.log(`page ${message.type()}: ${message.text()}`));
  }

  evaluate<Result, Args extends unknown[]>(run: (...args: Args) => Result, ...args: Args): Promise<Awaited<Result>> {
    return this.#page.evaluate(run as never, ...(args as unknown as never[])) as Promise<Awaited<Result>>;
  }

  /** Waits until what is evaluated is true. */
  async waitForFunction<Args extends unknown[]>(run: (...args: Args) => unknown, ...args: Args): Promise<void> {
    while (!(await this.evaluate(run as (...args: Args) => unknown, ...args).then(Boolean)));
  }

  async goto(path: string): Promise<void> {
    await this.#page.goto(new URL(path, server).href);
  }

  async reload(): Promise<void> {
    await this.#page.reload();
  }

  async back(): Promise<void> {
    await this.#page.goBack();
  }

  /** Chromium: freezes the page, as one that nobody has looked at for long; or ends that. */
  async freeze(frozen: boolean): Promise<void> {
    const session = await this.#page.createCDPSession();
    await session.send("Page.setWebLifecycleState", { state: frozen ? "frozen" : "active" });
    await session.detach();
  }

  /** Takes the network from it, until its test ends. */
  async offline(): Promise<void> {
    this.#offline = true;
    await this.#page.setOfflineMode(true);
  }

  async online(): Promise<void> {
    this.#offline = false;
    await this.#page.setOfflineMode(false);
  }

  /** Chromium: lets its process crash. */
  async crash(): Promise<void> {
    const session = await this.#page.createCDPSession();
    void session.send("Page.crash").catch(() => {}); // nobody is there to answer
  }

  /** Chromium: ends the SharedWorkers of the browser, as a system does that is short of memory. */
  async killWorkers(): Promise<void> {
    const session = await browser.target().createCDPSession();
    for (const target of browser.targets()) {
      if ((target.type() as string) !== "shared_worker") continue;
      const { targetInfos } = await session.send("Target.getTargets", { filter: [{ type: "shared_worker" }] });
      await Promise.all(targetInfos.map(({ targetId }) => session.send("Target.closeTarget", { targetId })));
      break;
    }
    await session.detach();
  }

  url(): string {
    return this.#page.url();
  }

  title(): Promise<string> {
    return this.#page.title();
  }

  get isClosed(): boolean {
    return this.#page.isClosed();
  }

  close(): Promise<void> {
    return this.#page.close();
  }

  /** Ends what is in it. */
  async leave(): Promise<void> {
    if (this.#offline) await this.#page.setOfflineMode(false);
    this.#offline = false;
    await this.#page.goto("about:blank");
  }
}

/** Those of the test that runs, and those that earlier tests have left. */
const pages: Page[] = [];
const idle: Page[] = [];

/** A page whose helpers (see page.ts) are loaded. */
export async function open(path = "/"): Promise<Page> {
  const page = idle.pop() ?? new Page(await context.newPage());
  pages.push(page);
  await page.goto(path);
  await page.waitForFunction(() => "t" in globalThis);
  return page;
}

/** Tests with pages, each of which ends with its test. */
export function suite(name: string, tests: () => void): void {
  describe(name, () => {
    afterEach(async () => {
      const open = pages.splice(0).filter((page) => !page.isClosed);
      await Promise.all(open.map((page) => page.leave()));
      idle.push(...open);
    });
    tests();
  });
}

export function test(name: string, run: () => Promise<void>): void {
  void it(name, { timeout: 120_000 }, run);
}

/** What the hub has counted: see Go's hub.Counters. */
export async function counters(): Promise<Record<"messages" | "transfers" | "connections" | "broadcasts", number>> {
  return (await fetch(`${server}/counters`)).json() as never;
}

let names = 0;

/** A name that no other test uses. */
export const name = (): string => `name ${++names}`;
