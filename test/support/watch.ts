import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isTrouble, type Trouble } from "../../src/base/index.ts";
import { controlSocket } from "../../src/config/index.ts";
import { startWatch, type WatchReport } from "../../src/control/index.ts";
import { mustLoad, scratch, sendCommand } from "./edge.ts";
import type { Owner } from "./owner.ts";
import { until } from "./until.ts";

export interface WatchOptions {
  /** "enforce" or "observe"; default enforce. */
  readonly mode?: string;
  /** TOML inside [watch], and tables behind it; default: the file `full` of the folder. */
  readonly watch?: string;
  /** TOML behind all. */
  readonly more?: string;
}

/** The guard in this process, with a file in the place of the kernel. */
export interface Guard {
  readonly report: WatchReport;
  /** The log that it follows, unless it was told otherwise. */
  readonly log: string;
  /** What the kernel would have been told. */
  paper(): string;
  command(name: string, args?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** Writes the configuration; the log is `folder`/full. */
export function writeWatch(folder: string, o: WatchOptions = {}): string {
  const file = join(folder, "rempart.toml");
  const watch = o.watch ?? 'asterisk = ""\n[[watch.log]]\npath = "full"\n';
  const firewall = '[firewall]\nbackend = "dry-run"\ntable = "rempart_watch"\n';
  const top = `state = "state"\nmode = "${o.mode ?? "enforce"}"\n`;
  writeFileSync(file, `${top}[log]\nlevel = "error"\n${firewall}[watch]\n${watch}\n${o.more ?? ""}`);
  return file;
}

export async function startGuard(t: Owner, o: WatchOptions = {}, folder = scratch(t)): Promise<Guard> {
  const log = join(folder, "full");
  if (!existsSync(log)) writeFileSync(log, "");
  const config = mustLoad(writeWatch(folder, o));
  const watch = await startWatch(config);
  assert.ok(!isTrouble(watch), JSON.stringify(watch));
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= watch.stop());
  t.after(stop);
  const command = (name: string, args: unknown = {}): Promise<unknown> =>
    sendCommand(controlSocket(config), name, args);
  const status = async () => ((await command("status")) as { firewall: { state: string } }).firewall;
  await until("it is on", async () => (await status()).state === "on", 10_000);
  const paper = (): string => readFileSync(join(config.state, "firewall.nft"), "utf8");
  return { report: watch.report, log, paper, command, stop };
}

/** Why it does not start. */
export async function refusedGuard(folder: string, o: WatchOptions): Promise<Trouble> {
  const watch = await startWatch(mustLoad(writeWatch(folder, o)));
  if (isTrouble(watch)) return watch;
  await watch.stop();
  return assert.fail("it started");
}

let calls = 0;

export interface Line {
  readonly event?: string;
  readonly account?: string;
  readonly transport?: string;
  readonly call?: string;
  /** Milliseconds before now. */
  readonly ago?: number;
}

/** A security event of PJSIP as Asterisk writes it now. */
export function line(from: string, o: Line = {}): string {
  const {
    event = "ChallengeResponseFailed",
    account = "100",
    transport = "UDP",
    call = `call-${++calls}`,
    ago = 0,
  } = o;
  const success = event === "SuccessfulAuth";
  const more = success ? ',UsingPassword="1"' : ',Challenge="1/ab",Response="c0ffee",ExpectedResponse=""';
  const family = from.includes(":") ? "IPV6" : "IPV4";
  return (
    `[${stamp(Date.now() - ago)}] SECURITY[11] res_security_log.c: SecurityEvent="${event}",EventTV="2026-01-01T10:00:00.000+0000",` +
    `Severity="${success ? "Informational" : "Error"}",Service="PJSIP",EventVersion="1",AccountID="${account}",SessionID="${call}",` +
    `LocalAddress="${family}/${transport}/192.0.2.1/5060",RemoteAddress="${family}/${transport}/${from}/5060"${more}\n`
  );
}

/** As the clock of this place shows it. */
export function stamp(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace("T", " ");
}

/** Appends to a log, as a phone system does. */
export function write(log: string, ...lines: readonly string[]): void {
  appendFileSync(log, lines.join(""));
}

/** A folder of Asterisk's configuration. */
export function writeAsterisk(folder: string, files: Readonly<Record<string, string>>): string {
  const etc = join(folder, "asterisk");
  mkdirSync(etc, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, name), text);
  return etc;
}
