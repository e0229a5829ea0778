import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { type Finding, note, ok, warn } from "./finding.ts";

/** Asks the way every program of this machine does: /etc/hosts, then name servers. */
const GETENT = "getent";
const SLOW = 300;
const PATIENCE = 3_000;

/** How long this machine needs for its own name: an Asterisk on it looks that up during calls, and waits. */
export function ownName(): Finding {
  const name = hostname();
  const began = performance.now();
  const asked = spawnSync(GETENT, ["ahosts", name], { timeout: PATIENCE, stdio: "ignore" });
  return judgeName(
    name,
    asked.error === undefined ? asked.status : undefined,
    codeOf(asked.error),
    performance.now() - began,
  );
}

/** `status`: 0 found, 2 not found (getent(1)); undefined when it did not end or is not there. */
export function judgeName(name: string, status: number | null | undefined, code: string, ms: number): Finding {
  const took = `${Math.round(ms)} ms`;
  const run = `a line "127.0.1.1 ${name}" in /etc/hosts`;
  const why = "an Asterisk on this machine asks for it in each call and waits so long";
  if (code === "ENOENT") return note("name", "how fast this machine's name is found is not known: no getent", run);
  if (code === "ETIMEDOUT") return warn("name", `${name} is not found within ${took}: ${why}`, run);
  if (status !== 0) return warn("name", `${name} has no address (asked for ${took}): ${why}`, run);
  return ms < SLOW
    ? ok("name", `${name} is found in ${took}`)
    : warn("name", `${name} is found in ${took}: ${why}`, run);
}

function codeOf(error: Error | undefined): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}
