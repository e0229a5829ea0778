/**
 * The firewall helper: a process of its own, the only one with rights over the kernel. It is given requests on stdin, one a line, owns one table of
 * nftables and touches nothing else. When stdin ends, so does it. Started as: main.ts nft|dry-run TABLE keep|remove
 */
import { createServer } from "node:net";
import { lineReader } from "../lines.ts";
import { type Answer, isTableName, LINE_BYTES, type UnableCode } from "../protocol.ts";
import { removalText } from "../ruleset.ts";
import { Attribution, Monitor } from "./monitor.ts";
import { findNft, kernelRules, paperRules, type Rules, run } from "./nft.ts";
import { Server } from "./server.ts";

/** The file that a dry run writes to is opened by the daemon. */
const PAPER = 3;

const [backend = "", table = "", keep = ""] = process.argv.slice(2);

function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function unable(code: UnableCode, why: string): undefined {
  say({ say: "unable", code, why });
  process.exitCode = 1;
  return undefined;
}

/** The kernel by nft, if it is there and lets us. */
async function kernel(): Promise<Rules | undefined> {
  const path = findNft();
  if (path === undefined) return unable("FIREWALL_NFT", "nft is not installed");
  const version = (await run(path, ["--version"])).out.split(" ")[1] ?? "";
  // A check that goes to the kernel and changes nothing. Listing would read all elements of everybody's sets.
  const tried = await run(path, ["--check", "add", "table", "inet", table]);
  if (tried.code === 0) return kernelRules(path, version);
  const why = tried.err.trim().split("\n")[0] || "nft --check failed";
  return unable(/not permitted|must be root/i.test(why) ? "FIREWALL_RIGHTS" : "FIREWALL_NFT", why);
}

/** Two that own one table would undo each other's work for ever. The name is one of this network namespace, as the table is. */
function hold(): Promise<boolean> {
  return new Promise((resolve) => {
    const lock = createServer();
    lock.once("error", () => resolve(false));
    lock.listen(`\0rempart-firewall/${table}`, () => resolve(true));
    lock.unref();
  });
}

async function start(): Promise<void> {
  if (!isTableName(table)) throw new Error(`no name for a table of ours: ${table}`);
  const isPaper = backend === "dry-run";
  const rules = isPaper ? paperRules(PAPER) : await kernel();
  if (rules === undefined) return process.exit();
  if (!isPaper && !(await hold())) {
    unable("FIREWALL_TAKEN", `another Rempart has the table inet ${table}`);
    return process.exit();
  }
  const watcher = {
    onChange: (what: string, by: string) => say({ say: "changed", what, by }),
    onUnsure: (why: string) => say({ say: "unsure", why }),
  };
  const attribution = new Attribution(table, watcher);
  const monitor = new Monitor(() => rules.watch(), attribution, watcher);
  const server = new Server(table, rules, monitor, say);
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    await server.idle();
    monitor.pause();
    if (keep !== "keep") {
      const last = rules.begin();
      await last.write(removalText(table));
      await last.commit();
    }
    rules.close();
    process.exit();
  };
  const read = lineReader(
    LINE_BYTES,
    (line) => server.take(line),
    () => void end(),
  );
  process.stdin.setEncoding("utf8").on("data", read);
  // The daemon has ended, however it did.
  process.stdin.once("end", () => void end());
  process.stdout.once("error", () => void end());
  // Ctrl+C goes to the daemon too, and that one says when.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
  say({ say: "hello", version: rules.version });
}

void start();
