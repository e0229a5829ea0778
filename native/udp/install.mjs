// Builds the batch UDP addon. It never fails the installation: without it node:dgram serves, slower.
// Plain JavaScript, so that any Node that npm brings can run it.
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync, rmSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const addon = join(here, "build", "Release", "udp.node");
/** Long enough for a slow machine; bounds node-gyp where it would wait for a network that is not there. */
const PATIENCE_MS = 120_000;

function onPath(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** node-gyp comes with npm: npm names it to install scripts; run by hand, we look beside npm. */
function findGyp() {
  const npm = process.env.npm_execpath ?? onPath("npm");
  const beside = npm && existsSync(npm) && join(dirname(realpathSync(npm)), "../node_modules/node-gyp/bin/node-gyp.js");
  return [process.env.npm_config_node_gyp, beside].find((file) => file && existsSync(file));
}

/** Node's headers: those of the pinned runtime, else those beside the running one; else node-gyp finds or fetches them. */
function findHeaders() {
  const pinned = `node_modules/node/node_modules/node-${process.platform}-${process.arch}`;
  return [join(root, pinned), join(dirname(process.execPath), "..")].find((folder) =>
    existsSync(join(folder, "include/node/node_api.h")),
  );
}

function whyNot() {
  if (process.platform !== "linux") return `it is for Linux and this is ${process.platform}`;
  const compiler = process.env.CC?.split(" ")[0] ?? "cc";
  if (!existsSync(compiler) && !onPath(compiler) && !onPath("gcc")) return "there is no C compiler";
  if (!onPath("make")) return "there is no make";
  if (!process.env.npm_config_python && !process.env.PYTHON && !onPath("python3")) return "there is no python3";
  if (!findGyp()) return "there is no node-gyp (it comes with npm)";
  return "";
}

function isFresh() {
  const age = (name) => statSync(join(here, name)).mtimeMs;
  return existsSync(addon) && statSync(addon).mtimeMs > Math.max(age("udp.c"), age("binding.gyp"));
}

/** The one line of the builder's output that tells what was wrong. */
function complaint(output) {
  if (output.includes("network connectivity")) return "Node's header files are not here and could not be fetched";
  const line = output.split("\n").find((text) => /error: /i.test(text)) ?? "node-gyp failed";
  return `it did not build: ${line.replace("gyp ERR! stack ", "").slice(0, 160)}`;
}

/** Empty when it is built and loads, else the reason in a few words. */
function build() {
  const headers = findHeaders();
  const options = headers ? ["--nodedir", headers] : [];
  const run = spawnSync(process.execPath, [findGyp(), "rebuild", "--directory", here, ...options], {
    encoding: "utf8",
    timeout: PATIENCE_MS,
  });
  if (run.status !== 0) return complaint(`${run.stdout ?? ""}${run.stderr ?? ""}`);
  const load = spawnSync(process.execPath, ["-e", "require(process.argv[1])", addon], { encoding: "utf8" });
  return load.status === 0 ? "" : "it was built but does not load";
}

function main() {
  if (isFresh()) return "";
  const reason = whyNot() || build();
  // Nothing half-built may be loaded later.
  if (reason) rmSync(join(here, "build"), { recursive: true, force: true });
  return reason;
}

let reason;
try {
  reason = main();
} catch (error) {
  reason = error instanceof Error ? error.message : String(error);
}
if (reason) console.log(`rempart: batch UDP is not built, node:dgram will serve instead (slower): ${reason}.`);
