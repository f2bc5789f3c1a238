// Runs scenarios in a real Chromium. Reads {"scenarios": [{name, base, steps}]}, prints {"name", "error"?} for each, in lines of JSON.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const { chromium } = createRequire(new URL("../../npm/package.json", import.meta.url))("playwright-core");
const { scenarios, patience } = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    // A shared worker cannot ask for the permission that a frame of another site needs to reach a server of this machine.
    "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets"],
});
for (const { name, base, steps } of scenarios) {
  const result = { name };
  try {
    await run(base, steps);
  } catch (error) {
    result.error = error.message;
  }
  console.log(JSON.stringify(result));
}
await browser.close();

async function run(base, steps) {
  const context = await browser.newContext();
  context.setDefaultTimeout(patience);
  const pages = {};
  for (const step of steps) {
    if (step.open) {
      pages[step.as] = await context.newPage();
      await pages[step.as].goto(base + step.open);
      continue;
    }
    const page = pages[step.in];
    const place = step.frame ? page.frame({ name: step.frame }) : page;
    if (step.run) {
      await place.evaluate(step.run);
      continue;
    }
    const wanted = JSON.stringify(step.is);
    try {
      await place.waitForFunction(`(() => { try { return (${step.until}) === ${wanted}; } catch { return false; } })()`);
    } catch (error) {
      throw new Error(`${step.in}: ${step.until} is ${JSON.stringify(await place.evaluate(step.until))}, want ${wanted} (${error.message})`);
    }
  }
  await context.close();
}
