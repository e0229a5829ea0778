import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { PASSWORD } from "../../support/edge.ts";
import { start } from "./programs.ts";

const SCENARIOS = join(import.meta.dirname, "../sipp");

export interface SippOptions {
  /** Its own scenario ("uac", "uas") or one of ours ("stranger", "user", "callee", "register"). */
  readonly scenario: string;
  /** Port of its own. */
  readonly port: number;
  /** "host:port" to send to; a callee has none. */
  readonly to?: string;
  readonly calls: number;
  /** Calls per second. */
  readonly rate?: number;
  /** The user that is called, or that registers. */
  readonly service?: string;
  readonly account?: string;
  readonly transport?: "udp" | "tcp";
  /** Datagrams are lost on its way: what comes again late is nobody's fault then. */
  readonly badLine?: boolean;
}

export interface SippEnded {
  readonly code: number | null;
  readonly screen: string;
  /** What went wrong in its words. */
  readonly errors: string;
}

/** Runs SIPp until its calls are over; 60 s at most. */
export async function sipp(t: TestContext, folder: string, o: SippOptions): Promise<SippEnded> {
  const own = o.scenario === "uac" || o.scenario === "uas";
  // Its traces are found by process; a folder each keeps them apart.
  const home = mkdtempSync(join(folder, `sipp-${o.scenario}-`));
  const words = ["sipp", ...(o.to === undefined ? [] : [o.to])];
  words.push(own ? "-sn" : "-sf", own ? o.scenario : scenarioFile(home, o));
  words.push("-i", "127.0.0.1", "-p", String(o.port), "-m", String(o.calls), "-r", String(o.rate ?? 50));
  words.push("-nostdin", "-trace_err", "-error_file", join(home, "errors"), "-timeout", "60", "-timeout_error");
  if (o.service !== undefined) words.push("-s", o.service);
  if (o.account !== undefined) words.push("-au", o.account, "-ap", PASSWORD);
  if (o.scenario === "user") words.push("-auth_uri", `${o.service}@pbx.example.org`);
  if (o.scenario === "register") words.push("-auth_uri", "pbx.example.org");
  if (o.transport === "tcp") words.push("-t", "t1");
  // Each step of the call must still be made.
  if (o.badLine) words.push("-default_behaviors", "all,-abortunexp");
  const running = start(t, words, home);
  const code = await running.ended;
  const file = join(home, "errors");
  return { code, screen: running.said(), errors: existsSync(file) ? readFileSync(file, "latin1") : "" };
}

/**
 * On a bad line the callee cannot insist on an ACK, since all of them may be lost before the BYE; and it has to stay
 * until its answer to the BYE has arrived, which may be the fourth (RFC 3261 17.2.2: 32 s).
 */
function scenarioFile(home: string, o: SippOptions): string {
  const file = join(SCENARIOS, `${o.scenario}.xml`);
  if (!o.badLine) return file;
  const lenient = join(home, "lenient.xml");
  const text = readFileSync(file, "latin1");
  writeFileSync(lenient, text.replace('request="ACK"', 'request="ACK" optional="true"').replace('"2000"', '"10000"'));
  return lenient;
}

/** All its calls went as the scenario says. */
export function assertAllWell(who: string, ended: SippEnded, calls: number): void {
  assert.equal(ended.code, 0, `${who}: ${ended.errors.slice(0, 2_000)}\n${ended.screen.slice(-3_000)}`);
  const total = (name: string): number =>
    Number(new RegExp(`${name}\\s*\\|[^|]*\\|\\s*(\\d+)`).exec(ended.screen)?.[1]);
  assert.deepEqual(
    [total("Successful call"), total("Failed call")],
    [calls, 0],
    `${who}: ${ended.screen.slice(-3_000)}`,
  );
}

/** Registers one phone with digest; SIPp then has to answer at the same port. */
export async function registerBySipp(
  t: TestContext,
  folder: string,
  to: string,
  user: string,
  port: number,
): Promise<void> {
  const o = { scenario: "register", to, port, service: user, account: user, calls: 1 };
  assertAllWell("register", await sipp(t, folder, o), 1);
}
