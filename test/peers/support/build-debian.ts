/** Makes one Debian tree: `build-debian.ts FOLDER TREE-AS-JSON`, under the lock of `debian.ts`. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isComplete, MARKER, mirrors, type Tree } from "./debian.ts";

const KEYRINGS = ["debian-archive-keyring", "debian-archive-removed-keys"].map((n) => `/usr/share/keyrings/${n}.gpg`);

/** What nobody reads there: a third of the size. */
const USELESS = ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"];

function main(root: string, tree: Tree): string | undefined {
  // Another process may have made it while we waited for the lock.
  if (isComplete(root, tree)) return undefined;
  const keyrings = KEYRINGS.filter((file) => existsSync(file));
  if (keyrings.length === 0) return "no keyring to check it with. apt-get install debian-archive-keyring";
  const sources = mirrors();
  if (sources.length === 0) return "apt knows no Debian mirror. Run apt-get update, or add one to its sources";
  const failures: string[] = [];
  for (const mirror of sources) {
    // A release that was archived may be signed by keys that were retired.
    for (const keyring of keyrings) {
      const failure = attempt(root, tree, mirror, keyring);
      if (failure === undefined) return undefined;
      failures.push(`${mirror} with ${keyring}: ${failure}`);
      if (!/sign|key/i.test(failure)) break;
    }
  }
  return failures.join("\n");
}

/** One mirror; the reason when it does not go. Signatures are always checked: root runs what comes. */
function attempt(root: string, tree: Tree, mirror: string, keyring: string): string | undefined {
  clear(root);
  const include = `--include=${tree.packages.join(",")}`;
  const words = ["--variant=minbase", include, `--keyring=${keyring}`, "--force-check-gpg", tree.suite, root, mirror];
  const done = spawnSync("debootstrap", words, { encoding: "utf8", env: { ...aptProxy(), ...process.env } });
  if (done.error !== undefined) return `${done.error.message}. apt-get install debootstrap`;
  if (done.status !== 0) {
    const reasons = `${done.stdout}${done.stderr}`.split("\n").filter((line) => /^[EW]: /.test(line));
    return reasons.join("; ") || `exit code ${done.status}`;
  }
  for (const folder of USELESS) rmSync(join(root, folder), { recursive: true, force: true });
  writeFileSync(join(root, MARKER), JSON.stringify(tree));
  return undefined;
}

/** Takes a half-made folder away. What debootstrap mounted in it goes first, or we would delete through a mount. */
function clear(root: string): void {
  for (let i = 0; i < 2; i++) {
    const mounted = readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[4] ?? "");
    const inside = mounted.filter((point) => point.startsWith(`${root}/`)).reverse();
    if (inside.length > 0 && i > 0) throw new Error(`still mounted: ${inside.join(" ")}`);
    for (const point of inside) execFileSync("umount", [point]);
  }
  rmSync(root, { recursive: true, force: true });
}

/** debootstrap does not read apt's proxy by itself. */
function aptProxy(): Record<string, string> {
  const proxy = execFileSync("apt-config", ["dump", "--format", "%v", "Acquire::http::Proxy"], { encoding: "utf8" });
  return proxy === "" ? {} : { http_proxy: proxy };
}

const [root = "", json = ""] = process.argv.slice(2);
const failure = main(root, JSON.parse(json) as Tree);
if (failure !== undefined) {
  process.stderr.write(`${failure}\n`);
  process.exitCode = 1;
}
