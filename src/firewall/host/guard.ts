/**
 * A process of its own, in a session of its own: loads the ruleset, waits for the confirmation, and takes the ruleset back when none comes. Nothing that
 * happens to the terminal, the SSH session or the command that began it reaches it. Arguments: state folder, id of the apply.
 */
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isTrouble, type Trouble } from "../../base/index.ts";
import { loadRuleset, restoring } from "./nft.ts";
import { type Pending, processOf, readPending, rewrite, take, writeLast } from "./pending.ts";
import { REMOVAL } from "./ruleset.ts";

/** Tries to take it back, and milliseconds between them. */
const TRIES = 5;
const PAUSE = 2_000;

const [state = "", id = ""] = process.argv.slice(2);
for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTSTP"] as const) process.on(signal, () => {});
let ending = false;
/** As it was at the start: the file is only asked whether it is still there. */
let noted: Pending | undefined;
// Whoever confirms has taken the note before; anybody else who wants us gone (a session that is ended with all its processes) gets the rules taken back.
process.on("SIGTERM", () => void end("the guard was told to end"));
await watch();

async function watch(): Promise<void> {
  const pending = readPending(state);
  if (pending?.id !== id) return;
  noted = pending;
  const guard = processOf(process.pid);
  const until = Date.now() + pending.within;
  try {
    rewrite(state, { ...pending, until, ...(guard === undefined ? {} : { guard }) });
  } catch {
    // Who cannot be found cannot be told of the confirmation: better not to begin.
    return tell({ code: "UNWRITABLE" });
  }
  const refused = loadRuleset(pending.ruleset);
  if (isTrouble(refused)) {
    // One that did not answer in time may have loaded them all the same.
    loadRuleset(restoring(pending.previous));
    take(state, id);
    return tell({ trouble: refused });
  }
  tell({ until });
  await sleep(pending.within);
  await end("it was not confirmed in time");
}

async function end(why: string): Promise<void> {
  if (ending) return;
  ending = true;
  if (noted === undefined || !take(state, id)) process.exit(0);
  const back = await takeBack(noted);
  const outcome = back ? "taken back" : "not taken back";
  writeLast(state, { outcome, at: Date.now(), why, previous: null, previousFile: null });
  process.exit(back ? 0 : 1);
}

/** The table as it was before; where the kernel does not take that any more, no table of ours: nobody stays shut out. */
async function takeBack({ previous }: Pending): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    if (i > 0) await sleep(PAUSE);
    if (loadRuleset(restoring(previous)) === undefined) return true;
  }
  return loadRuleset(REMOVAL) === undefined;
}

/** To the command that began it, if it is still there. */
function tell(words: { readonly until?: number; readonly trouble?: Trouble; readonly code?: string }): void {
  try {
    writeSync(1, `${JSON.stringify(words)}\n`);
  } catch {}
}
