import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";

/**
 * A page of `origin` in a headless Chromium with JsSIP in it as `window.JsSIP`. It has a microphone of its own making, and takes any
 * certificate, as a person who clicks "proceed" does.
 */
export async function openBrowser(t: TestContext, origin: string): Promise<Page> {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--ignore-certificate-errors",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      // A page from outside that talks to loopback: that is the test.
      "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
      "--no-proxy-server",
    ],
  });
  t.after(() => browser.close());
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.route(`${origin}/**`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await page.goto(`${origin}/`);
  await page.addScriptTag({ content: bundle(import.meta.resolve("jssip"), "JsSIP") });
  return page;
}

/** A module and all it requires as one script that sets `window[name]`: the CommonJS that Node has, in a browser. */
function bundle(entry: string, name: string): string {
  const modules = new Map<string, string>();
  const add = (from: NodeJS.Require, wanted: string): string => {
    // What bundlers take from the field "browser" of its package.json.
    const path = from.resolve(wanted === "debug" ? "debug/src/browser.js" : wanted === "events" ? "events/" : wanted);
    if (modules.has(path)) return path;
    modules.set(path, "");
    const text = readFileSync(path, "utf8");
    if (path.endsWith(".json")) {
      modules.set(path, `module.exports = ${text}`);
      return path;
    }
    const own = createRequire(path);
    const found = text.replace(/\brequire\((['"])([^'"]+)\1\)/g, (_, __, each: string) => {
      return `require(${JSON.stringify(add(own, each))})`;
    });
    modules.set(path, found);
    return path;
  };
  const start = add(createRequire(import.meta.url), fileURLToPath(entry));
  const table = [...modules].map(
    ([path, text]) => `${JSON.stringify(path)}: function (module, exports, require) {\n${text}\n}`,
  );
  return `(() => {
    const table = {${table.join(",\n")}};
    const done = {};
    const require = (path) => {
      if (done[path] === undefined) {
        done[path] = { exports: {} };
        table[path](done[path], done[path].exports, require);
      }
      return done[path].exports;
    };
    window.${name} = require(${JSON.stringify(start)});
  })();`;
}
