import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import { type Events, type Logger, makeLogger } from "../../observe/index.ts";
import type { ShieldSettings } from "../../shield/index.ts";
import { openStore, type Store } from "../../store/index.ts";
import type { Template } from "../../watch/index.ts";
import { startKernel } from "../kernel.ts";
import { listsOf } from "../lists.ts";
import { ModeKeeper, type ModeView } from "../mode.ts";
import { neverList } from "../never.ts";
import { openDoors, openEvents } from "../open-doors.ts";
import { ownNames } from "../own-names.ts";
import { ShieldKeeper } from "../shield.ts";
import { findFail2ban } from "./fail2ban.ts";
import { type WatchParts, watchHandlers } from "./handlers.ts";
import { Intake } from "./intake.ts";
import { doorsOf, findPbx, type Pbx } from "./pbx.ts";
import { Positions } from "./positions.ts";
import { templatesOf } from "./readers.ts";
import { Silence } from "./silence.ts";
import { Sources } from "./sources.ts";

/** Milliseconds to wait for another process (a command of ours) that writes to the store; and between looks whether the log is silent. */
const STORE_BUSY = 2_000;
const LOOK = 600_000;

/** What there is to tell once everything runs. */
export interface WatchReport {
  readonly sources: readonly string[];
  readonly ports: readonly string[];
  readonly state: string;
  readonly findings: readonly Trouble[];
  readonly enforcement: ModeView;
}

/** The running guard. */
export interface Watch {
  readonly report: WatchReport;
  /** Opens the file of events anew. */
  reload(): void;
  /** What was read is judged and stored, then all is closed. */
  stop(): Promise<void>;
}

/**
 * Starts the guard beside a phone system, all of it or nothing: logs in, facts to the same shield as behind the edge, bans to the kernel. A trouble says
 * what is in the way.
 */
export async function startWatch(config: Config): Promise<Watch | Trouble> {
  const log = makeLogger(config.log.level);
  const pbx = findPbx(config.watch);
  if (isTrouble(pbx)) return pbx;
  const templates = templatesOf(config.watch.lines);
  if (isTrouble(templates)) return templates;
  const store = await openStore(config.state, { busyMs: STORE_BUSY });
  if (isTrouble(store)) return store;
  const told = openEvents(config, log);
  if (isTrouble(told)) {
    await store.close();
    return told;
  }
  const guard = assemble(config, pbx, templates, store, told, log);
  const { parts, kernel, positions } = guard;
  const { shield, mode, sources } = parts;
  const judged = (await mode.open()) ?? (await shield.open());
  kernel.fill();
  const doors = isTrouble(judged)
    ? judged
    : await openDoors(config, parts, (metrics) => watchHandlers({ ...parts, metrics }), log);
  const opened = isTrouble(doors) ? doors : ((await sources.open(pbx, config.watch)) ?? doors);
  const watcher = keepLooking(parts, log);
  const stop = async (): Promise<void> => {
    clearInterval(watcher);
    if (!isTrouble(doors)) doors.close();
    mode.stop();
    await sources.stop();
    await positions.stop();
    await kernel.enforcer.stop();
    await shield.stop();
    await store.close();
    told.tell("stop", {});
    told.close();
  };
  if (isTrouble(opened)) {
    await stop();
    return opened;
  }
  kernel.openAt(doorsOf(pbx.ports));
  parts.findings.push(...(await otherFindings(config)));
  for (const { code, what, next } of parts.findings) log.warn({ code, next }, what);
  told.tell("start", { mode: mode.view().mode, listeners: 0 });
  return { report: reportOf(parts), reload: () => reopen(told, log), stop };
}

/** All parts, of which none has begun. Nobody stands behind the kernel: neither verdicts nor lists have an edge to be told to. */
function assemble(config: Config, pbx: Pbx, templates: readonly Template[], store: Store, events: Events, log: Logger) {
  const lists = listsOf(config, () => {}, log);
  const shield = new ShieldKeeper(settingsOf(config), store, undefined, lists, events, log);
  const kernel = startKernel(config, shield, events, log, { limits: config.watch.limits });
  shield.setEnforcer(kernel.enforcer);
  const mode = new ModeKeeper(config.mode, shield, store, events, log);
  shield.setNever(neverOf(config, pbx));
  const positions = new Positions(store, (trouble) => {
    if (trouble === undefined) log.info({}, "how far logs are read is stored again");
    else log.error({ code: trouble.code }, `how far logs are read is not being stored: ${trouble.what}`);
  });
  const trustsUdp = config.watch.udpEvidence === "ban";
  const intake = new Intake(shield, { decoys: config.shield.decoys, accounts: pbx.accounts, trustsUdp });
  const sources = new Sources(intake, positions, templates, events, log);
  const findings = [...pbx.findings];
  const parts: WatchParts = { config, pbx, sources, intake, shield, mode, events, findings, started: Date.now() };
  return { parts, kernel, positions };
}

/**
 * A wrong password over UDP is unproved in the log of PJSIP, which says so of nonces that it never gave: a source that seems to guess is slowed down
 * for it. The edge, which knows its nonces, takes no notice of such.
 */
function settingsOf({ shield }: Config): ShieldSettings {
  const settings = shield.scenarios.map(
    (s) => [s.name, s.name === "wrong-password" ? { ...s, unproved: "mute" as const } : s] as const,
  );
  return new Map(settings);
}

function neverOf(config: Config, pbx: Pbx) {
  const trunks = [...config.trunks, { addresses: pbx.trunks }];
  const named = config.shield.never;
  return neverList({ own: ownNames([]), backends: config.backends, trunks, named, ssh: process.env.SSH_CONNECTION });
}

async function otherFindings({ shield }: Config): Promise<Trouble[]> {
  const fail2ban = await findFail2ban();
  const found: Trouble[] = fail2ban === undefined ? [] : [fail2ban];
  if (shield.country !== undefined) {
    found.push({
      code: "WATCH_COUNTRY",
      what: "[shield.country] keeps nobody out in `watch`: only an edge asks for the country of each packet",
      safe: "All else is as configured.",
      next: "Write the blocks of those countries into a [[shield.list]], or run the edge",
    });
  }
  return found;
}

/** Every ten minutes: do packets come of which the log says nothing? */
function keepLooking(parts: WatchParts, log: Logger): NodeJS.Timeout {
  const silence = new Silence(parts.started);
  let isTold = false;
  const look = async (): Promise<void> => {
    const counts = await parts.shield.enforcer.counts();
    const found = silence.look(Date.now(), parts.sources.last, counts);
    parts.silent = found;
    if (found !== undefined && !isTold) log.warn({ code: found.code, next: found.next }, found.what);
    isTold = found !== undefined;
  };
  const timer = setInterval(() => void look(), LOOK);
  timer.unref();
  return timer;
}

function reopen(told: Events, log: Logger): void {
  const trouble = told.reopen();
  if (trouble !== undefined) log.error({ code: trouble.code }, `${trouble.what}; ${trouble.safe}`);
}

function reportOf({ config, pbx, sources, findings, mode }: WatchParts): WatchReport {
  return {
    sources: sources.view().map(({ name }) => name),
    ports: pbx.ports.map(({ protocol, port }) => `${port}/${protocol}`),
    state: config.state,
    findings,
    enforcement: mode.view(),
  };
}
