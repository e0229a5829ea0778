import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Owner } from "../../support/owner.ts";
import { until } from "../../support/until.ts";
import { commonFiles, FOLDERS } from "./asterisk-files.ts";
import { debianTree, type Tree } from "./debian.ts";
import { start } from "./programs.ts";

/** The phone systems that are put behind Rempart. */
export interface Target {
  readonly version: 22 | 16;
  readonly driver: "pjsip" | "chan_sip";
}

/** Asterisk 21 took chan_sip away. */
export const TARGETS: readonly Target[] = [
  { version: 22, driver: "pjsip" },
  { version: 16, driver: "pjsip" },
  { version: 16, driver: "chan_sip" },
];

/** "Asterisk 16 chan_sip". */
export function titleOf(target: Target): string {
  return `Asterisk ${target.version} ${target.driver === "pjsip" ? "PJSIP" : "chan_sip"}`;
}

const TREES: Readonly<Record<Target["version"], Tree>> = {
  22: { name: "asterisk-22", suite: "sid", packages: ["asterisk"] },
  16: { name: "asterisk-16", suite: "bullseye", packages: ["asterisk", "asterisk-voicemail"] },
};

export interface AsteriskOptions extends Target {
  /** Its SIP port on 127.0.0.1: what else names it may have to know before it runs. */
  readonly port: number;
  /** Its configuration by file name, but for what each of them needs (`asterisk-files.ts`). */
  readonly files: Readonly<Record<string, string>>;
  /** Keep every SIP message for `received`; default yes. Under load the trace costs more than the calls. */
  readonly trace?: boolean;
  /** Modules beyond those that every one here has. */
  readonly modules?: readonly string[];
  /** Words before those of its program, to run it elsewhere. */
  readonly within?: readonly string[];
}

/** An Asterisk while it runs. */
export interface Asterisk {
  /** "127.0.0.1:port". */
  readonly at: string;
  /** The folder of its files, as seen from outside of its Debian. */
  readonly folder: string;
  /** One command of its console; gives what it prints. */
  cli(command: string): Promise<string>;
  /** All that it has logged so far. */
  log(): string;
  /** Requests of one method ("SIP/2.0": responses) that reached its SIP port so far, whole: retransmissions too. */
  received(method: string): readonly string[];
  /** Those that it has sent. */
  sent(method: string): readonly string[];
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Ends it in its own way. */
  stop(): Promise<void>;
}

/** The folder of the Debian that has this version. */
export function asteriskTree(version: Target["version"]): Promise<string> {
  return debianTree(TREES[version]);
}

/** "Asterisk 22.10.1", as it says itself. */
export async function asteriskVersion(version: Target["version"]): Promise<string> {
  const { stdout } = await promisify(execFile)("chroot", [await asteriskTree(version), "asterisk", "-V"]);
  return /^Asterisk [\d.]+/.exec(stdout)?.[0] ?? stdout.trim();
}

/** Starts one on loopback and waits until it has booted; it ends with the test, and with this process however that ends. */
export async function startAsterisk(t: Owner, o: AsteriskOptions): Promise<Asterisk> {
  const root = await asteriskTree(o.version);
  const said = await asteriskVersion(o.version);
  assert.match(said, new RegExp(`^Asterisk ${o.version}\\.`), `${root} has another one: remove that folder`);
  const home = makeHome(root);
  t.after(() => {
    if (!(t as { passed?: boolean }).passed) t.diagnostic(log().slice(-8_000));
    rmSync(home, { recursive: true, force: true });
  });
  const log = (): string => readFileSync(join(home, "log", "full"), "latin1");
  const inside = home.slice(root.length);
  const user = asteriskUser(root);
  // It looks its own host name up for each call; a name server that does not answer would be measured instead.
  writeFileSync(join(root, "etc/hosts"), `127.0.0.1 localhost ${hostname()}\n`);
  writeFiles(home, user, { ...commonFiles(root, inside, o.driver, o.modules), ...o.files });
  const enter = ["chroot", `--userspec=${user.uid}:${user.gid}`, root];
  const conf = `${inside}/etc/asterisk.conf`;
  // From within: the user may not walk the way to a cache in somebody's home.
  const running = start(
    t,
    [...(o.within ?? []), ...leaving(user), "chroot", ".", "asterisk", "-f", "-C", conf],
    root,
    "SIGTERM",
  );
  const cli = async (command: string): Promise<string> => {
    const [program = "", ...words] = [...enter, "asterisk", "-C", conf, "-rx", command];
    return (await promisify(execFile)(program, words, { maxBuffer: 64 * 1024 * 1024 })).stdout;
  };
  const booted = async (): Promise<boolean> => {
    assert.equal(running.child.exitCode, null, `${titleOf(o)}: ${running.said()}`);
    return /fully booted/.test(await cli("core waitfullybooted").catch(() => ""));
  };
  await until(`${titleOf(o)} has booted`, booted, 20_000);
  assert.doesNotMatch(log(), / ERROR\[\d+\] loader\.c/, "a module does not load");
  if (o.trace !== false) await cli(o.driver === "pjsip" ? "pjsip set logger on" : "sip set debug on");
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (running.child.exitCode !== null || running.child.signalCode !== null) return;
    const gone = once(running.child, "exit");
    running.child.kill(signal);
    await gone;
  };
  return {
    at: `127.0.0.1:${o.port}`,
    folder: join(home, "etc"),
    cli,
    log,
    received: (method) => messagesIn(log(), RECEIVED).filter((text) => text.startsWith(`${method} `)),
    sent: (method) => messagesIn(log(), SENT).filter((text) => text.startsWith(`${method} `)),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

/** A folder for one run, named by this process; those of processes that were killed are swept. */
function makeHome(root: string): string {
  const tmp = join(root, "tmp");
  for (const name of readdirSync(tmp)) {
    const pid = /^run-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(tmp, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmp, `run-${process.pid}-`));
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Debian's package has made a user for it. */
function asteriskUser(root: string): User {
  const line = /^asterisk:[^:]*:(\d+):(\d+):/m.exec(readFileSync(join(root, "etc/passwd"), "utf8"));
  if (line === null) throw new Error(`${root} has no user asterisk: remove that folder`);
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/**
 * Words before a command that make it the asterisk user's, and end it when this process ends. Changing the user would take
 * the death signal away, so that comes first, with the one right that chroot needs.
 */
function leaving({ uid, gid }: User): readonly string[] {
  const who = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  return ["setpriv", ...who, "--inh-caps=+sys_chroot", "--ambient-caps=+sys_chroot", "--pdeathsig=KILL"];
}

function writeFiles(home: string, { uid, gid }: User, files: Readonly<Record<string, string>>): void {
  chmodSync(home, 0o700);
  chownSync(home, uid, gid);
  for (const folder of FOLDERS) {
    mkdirSync(join(home, folder));
    chownSync(join(home, folder), uid, gid);
  }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(home, "etc", name), text, { mode: 0o600 });
    chownSync(join(home, "etc", name), uid, gid);
  }
}

/** How the tracers of both drivers begin a message: PJSIP's the one, chan_sip's the other. */
const RECEIVED = /<--- (?:Received SIP re\w+ \(\d+ bytes\)|SIP read) from \S+ --->\r?\n/g;
const SENT = /(?:<--- Transmitting SIP re\w+ \(\d+ bytes\) to \S+ --->|Transmitting \([^)]*\) to \S+:)\r?\n/g;

/** What they have written of such messages, as far as Content-Length says. chan_sip's writes lines without CR, and not the last one's end. */
function messagesIn(log: string, start: RegExp): readonly string[] {
  return [...log.matchAll(start)].map((hit) => {
    const at = hit.index + hit[0].length;
    const end = /\r?\n\r?\n|\r?\n<-----/.exec(log.slice(at, at + 65_536));
    const head = log.slice(at, at + (end?.index ?? 0));
    const length = Number(/^Content-Length: *(\d+)/im.exec(head)?.[1] ?? 0);
    const start = at + head.length + (end?.[0].length ?? 0);
    const [body] = log.slice(start, start + length).split(/\r?\n<-----|\r?\n---\n/);
    return `${crlf(head)}\r\n\r\n${`${crlf(body)}\r\n`.slice(0, length)}`;
  });
}

function crlf(text: string): string {
  return text.replaceAll(/\r?\n/g, "\r\n");
}
