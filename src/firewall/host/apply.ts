import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { checkRuleset, loadedTable, loadRuleset, restoring } from "./nft.ts";
import {
  begin,
  bootId,
  type GuardProcess,
  lives,
  type Pending,
  places,
  readLast,
  readPending,
  readText,
  replace,
  take,
  untrusted,
  writeLast,
} from "./pending.ts";

/** Milliseconds that the guard may take to load, and to end. */
const LOADING = 60_000;
const ENDING = 10_000;
const GUARD = join(import.meta.dirname, "guard.ts");

/** Loads a ruleset that goes back by itself after `within` milliseconds. Gives back until when it waits (wall clock). */
export async function apply(state: string, ruleset: string, within: number): Promise<number | Trouble> {
  const refused = checkRuleset(ruleset);
  if (refused !== undefined) return refused;
  const previous = loadedTable();
  if (isTrouble(previous)) return previous;
  const doubt = forgetOtherStarts(state);
  if (doubt !== undefined) return doubt;
  const now = Date.now();
  const pending: Pending = {
    id: randomUUID(),
    at: now,
    until: now + within,
    within,
    boot: bootId(),
    ruleset,
    previous,
  };
  try {
    if (!begin(state, pending)) return waiting(state);
  } catch (error) {
    return unwritable(state, error);
  }
  const said = await startGuard(state, pending.id);
  if (said.until !== undefined) return said.until;
  // It said that nothing is loaded, or nothing at all: then it may have been loaded.
  if (said.trouble !== undefined) return said.trouble;
  if (take(state, pending.id)) loadRuleset(restoring(previous));
  return trouble(
    "FIREWALL_GUARD",
    `the process that would take the rules back did not start (${said.code ?? "it ended"})`,
    "The rules are as they were.",
    "Look at disk space and memory: rempart doctor",
  );
}

/** Keeps what waits: it is written for the start of the machine. Gives back the file. */
export async function confirm(state: string): Promise<string | Trouble> {
  const doubt = forgetOtherStarts(state);
  if (doubt !== undefined) return doubt;
  const pending = readPending(state);
  if (pending === undefined) return nothingWaits(state);
  const now = loadedTable();
  if (isTrouble(now)) return now;
  if (now === null) return gone();
  const at = places(state);
  const previousFile = readText(at.ruleset);
  // Written before the note is taken: afterwards nothing may fail any more.
  const own = `${at.ruleset}.confirmed`;
  try {
    replace(own, pending.ruleset);
  } catch (error) {
    return unwritable(state, error);
  }
  if (!take(state, pending.id)) {
    rmSync(own, { force: true });
    return nothingWaits(state);
  }
  renameSync(own, at.ruleset);
  const { previous } = pending;
  writeLast(state, { outcome: "confirmed", at: Date.now(), why: "", previous, previousFile });
  await endGuard(pending.guard);
  return at.ruleset;
}

/** Back at once to what was before the last apply, be it confirmed or not. Gives back whether a table of ours is loaded then. */
export async function rollback(state: string): Promise<boolean | Trouble> {
  const doubt = forgetOtherStarts(state);
  if (doubt !== undefined) return doubt;
  const pending = readPending(state);
  const last = readLast(state);
  const at = places(state);
  if (pending === undefined) {
    if (last?.outcome !== "confirmed") return nothingWaits(state);
    const failed = loadRuleset(restoring(last.previous));
    if (failed !== undefined) return failed;
    if (last.previousFile === null) rmSync(at.ruleset, { force: true });
    else replace(at.ruleset, last.previousFile);
    writeLast(state, { ...TAKEN, at: Date.now() });
    return last.previous !== null;
  }
  // First the rules, then the note: should they not go back, the guard will try again.
  const failed = loadRuleset(restoring(pending.previous));
  if (failed !== undefined) return failed;
  if (take(state, pending.id)) writeLast(state, { ...TAKEN, at: Date.now() });
  await endGuard(pending.guard);
  return pending.previous !== null;
}

const TAKEN = { outcome: "taken back", why: "rollback was asked for", previous: null, previousFile: null } as const;

/** What waits for its confirmation in this start of the machine, and whether somebody is there to take it back. */
export function waitingNow(state: string): { readonly until: number; readonly guarded: boolean } | undefined {
  const pending = readPending(state);
  if (pending === undefined || pending.boot !== bootId()) return undefined;
  return { until: pending.until, guarded: lives(pending.guard) };
}

/** A restart of the machine has dropped what was not confirmed. A trouble where the notes may be somebody else's. */
function forgetOtherStarts(state: string): Trouble | undefined {
  const doubt = untrusted(state);
  if (doubt !== undefined) return unwritable(state, doubt);
  const pending = readPending(state);
  if (pending !== undefined && pending.boot !== bootId()) take(state, pending.id);
  return undefined;
}

interface Said {
  readonly until?: number;
  readonly trouble?: Trouble;
  readonly code?: string;
}

/** Its first words; `detached` is a session of its own, which no terminal ends. */
async function startGuard(state: string, id: string): Promise<Said> {
  const words = ["--disable-warning=ExperimentalWarning", GUARD, state, id];
  const child = spawn(process.execPath, words, {
    cwd: "/",
    env: {},
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const said = await new Promise<Said>((resolve) => {
    let text = "";
    const timer = setTimeout(() => resolve({ code: "no word of it" }), LOADING);
    const done = (words: Said): void => {
      clearTimeout(timer);
      resolve(words);
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) done(readSaid(text));
    });
    child.once("error", (error: NodeJS.ErrnoException) => done({ code: error.code ?? error.message }));
    child.once("close", (code) => done({ code: `exit ${code}` }));
  });
  if (said.until === undefined) child.kill("SIGKILL");
  child.stdout.destroy();
  child.unref();
  return said;
}

function readSaid(text: string): Said {
  try {
    return JSON.parse(text) as Said;
  } catch {
    return { code: "its words are not understood" };
  }
}

/** The note is taken: told to end, it finds nothing left to do. */
async function endGuard(guard: GuardProcess | undefined): Promise<void> {
  for (let waited = 0; guard !== undefined && lives(guard) && waited < ENDING; waited += 20) {
    if (waited === 0) process.kill(guard.pid, "SIGTERM");
    await sleep(20);
  }
}

function waiting(state: string): Trouble {
  const now = waitingNow(state);
  const clock = now === undefined ? "" : ` until ${new Date(now.until).toISOString().slice(11, 19)} UTC`;
  const alone = now?.guarded === false ? "; nobody is there to take them back by themselves" : "";
  return trouble(
    "FIREWALL_PENDING",
    `other rules wait for their confirmation${clock}${alone}`,
    "Those rules stay in force; nothing was loaded.",
    "Keep them: rempart firewall confirm, or go back: rempart firewall rollback",
  );
}

function nothingWaits(state: string): Trouble {
  const last = readLast(state);
  const told = last === undefined || last.outcome === "confirmed" ? "" : `; the last were ${last.outcome}: ${last.why}`;
  const what = `no rules wait for a confirmation${told}`;
  return trouble("FIREWALL_NOTHING", what, "Nothing was changed.", "Load them: rempart firewall apply");
}

function gone(): Trouble {
  return trouble(
    "FIREWALL_GONE",
    "the rules that wait for their confirmation are no longer loaded: another program has removed them",
    "Nothing was changed.",
    "Take back what is left: rempart firewall rollback, then look at who flushes the rules",
  );
}

function unwritable(state: string, error: unknown): Trouble {
  const why = (error as NodeJS.ErrnoException).code ?? String(error);
  const what = `${places(state).folder} cannot be used: ${why}`;
  return trouble(
    "FIREWALL_STATE",
    what,
    "The rules are as they were.",
    "Look at rights and space of the state folder: rempart doctor",
  );
}
