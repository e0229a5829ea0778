import { spawnSync } from "node:child_process";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { REMOVAL, TABLE } from "./ruleset.ts";

/** Milliseconds: a kernel that is busy with other rulesets lets one wait. */
const PATIENCE = 30_000;
/** Fixed, since it is run as root: nobody's PATH decides which program that is. */
const ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
const SAFE = "The rules are as they were.";

/** Is the ruleset one that this kernel takes? Nothing is loaded. */
export function checkRuleset(ruleset: string): Trouble | undefined {
  const done = nft(["-c", "-f", "-"], ruleset);
  return isTrouble(done) ? done : undefined;
}

/** Loads it in one transaction: all of it or nothing. */
export function loadRuleset(ruleset: string): Trouble | undefined {
  const done = nft(["-f", "-"], ruleset);
  return isTrouble(done) ? done : undefined;
}

/** Our table as the kernel has it, without counts; null: there is none. */
export function loadedTable(): string | null | Trouble {
  const done = nft(["-s", "list", "table", "inet", TABLE]);
  if (!isTrouble(done)) return done;
  return done.code === ABSENT ? null : done;
}

/** Heads of all chains of this machine, as JSON of nft. */
export function listChains(): string | Trouble {
  return nft(["-j", "list", "chains"]);
}

/** What brings back a table that `loadedTable` has shown. */
export function restoring(previous: string | null): string {
  return `${REMOVAL}${previous ?? ""}`;
}

/** No such table. */
const ABSENT = "ENOENT";

function nft(args: readonly string[], input = ""): string | Trouble {
  const done = spawnSync("nft", args, {
    input,
    encoding: "utf8",
    env: ENVIRONMENT,
    timeout: PATIENCE,
    maxBuffer: 64 << 20,
  });
  if (done.error !== undefined) return failed(done.error as NodeJS.ErrnoException);
  if (done.status === 0) return done.stdout;
  const words = done.stderr.split("\n").filter((line) => line.trim() !== "");
  if (/Operation not permitted/.test(done.stderr)) return denied();
  if (/No such file or directory/.test(done.stderr) && args.includes("list"))
    return trouble(ABSENT, "there is no such table", SAFE, "");
  return trouble(
    "FIREWALL_NFT",
    `nft refuses: ${words[0] ?? `exit ${done.status}`}`,
    SAFE,
    "Look at its words: rempart firewall plan",
    words,
  );
}

function failed({ code, message }: NodeJS.ErrnoException): Trouble {
  if (code === "ENOENT") {
    const what = "there is no program nft on this machine, which loads rules into the kernel";
    return trouble("FIREWALL_NO_NFT", what, SAFE, "Install the package nftables, then the same again");
  }
  return trouble(
    "FIREWALL_NFT",
    `nft did not end well: ${code === "ETIMEDOUT" ? "no answer in 30 s" : message}`,
    SAFE,
    "Try again",
  );
}

function denied(): Trouble {
  const what = "this user may not read or change the kernel's rules";
  return trouble("FIREWALL_RIGHTS", what, SAFE, "Run the same as root");
}
