import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import { helperCommand, whoWeAre } from "../../firewall/index.ts";
import { field, list, number, text } from "../print.ts";
import { ABSENT, ask } from "../socket.ts";
import { type Finding, note, ok, warn } from "./finding.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
/** Attacks, each from another address of loopback; far enough apart that they are no neighbours. */
const ROUNDS = 10;
/** How long an attacker goes on at most, and how long a connection may take that is not dropped, ms. */
const ATTACK = 200;
const SILENCE = 40;
/** For the daemon that is started for this to be ready. */
const READY = 8_000;
/** More than this and something is in the way. */
const SLOW = 50;

/**
 * How long it takes from the packet that decides to the kernel that drops: measured, by attacking a second Rempart on loopback that is started for this
 * alone, with a state, ports and a table of its own. What runs already is not touched.
 */
export async function kernelDrop({ firewall }: Config): Promise<Finding> {
  if (firewall.backend !== "nft") return ok("kernel", `not asked for ([firewall] backend = "${firewall.backend}")`);
  const may = helperCommand(whoWeAre(), [], false);
  if (isTrouble(may)) return lacking(may);
  const folder = mkdtempSync(join(tmpdir(), "rempart-doctor-"));
  const file = join(folder, "rempart.toml");
  const listen = '[[sip.listen]]\ntransport = "tcp"\naddress = "127.0.0.1:0"\n';
  // Without the limits for strangers: it is the ban that is to stop them.
  const limits = 'table = "rempart_doctor"\nstranger_rate = 0\nstrangers_rate = 0\n';
  const config = `mode = "enforce"\nstate = "state"\n[sip]\n${listen}[firewall]\n${limits}[log]\nlevel = "error"\n`;
  writeFileSync(file, config);
  const words = ["--disable-warning=ExperimentalWarning", MAIN, "run", "--config", file, "-o", "json"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "ignore"] });
  try {
    return await measure(join(folder, "state", "control.sock"));
  } finally {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(socket: string): Promise<Finding> {
  const ready = await whenReady(socket);
  if (typeof ready === "string") return note("kernel", `not measured: ${ready}`, "rempart doctor, once more");
  if (isTrouble(ready)) return lacking(ready);
  const all: number[] = [];
  for (let i = 1; i <= ROUNDS; i++) all.push(await attack(`127.66.${i}.7`, ready.port));
  const dropped = all.filter(Number.isFinite).sort((a, b) => a - b);
  if (dropped.length <= ROUNDS / 2)
    return warn("kernel", `of ${ROUNDS} attackers on loopback the kernel dropped ${dropped.length}`, "rempart status");
  const [middle, most] = [dropped[dropped.length >> 1], dropped[dropped.length - 1]].map((ms) => ms.toFixed(1));
  const shown = `attacked on loopback, ${middle} ms from the deciding packet to the drop (${dropped.length} of ${ROUNDS}, at most ${most} ms)`;
  return Number(middle) <= SLOW
    ? ok("kernel", shown)
    : warn("kernel", `${shown}: that is long`, "see what keeps this machine busy: top");
}

/** Its port once the kernel enforces; why that is not to be; or what is in the way of measuring. */
async function whenReady(socket: string): Promise<{ readonly port: number } | Trouble | string> {
  for (const until = performance.now() + READY; performance.now() < until; await sleep(50)) {
    const status = await ask(socket, "status", {}, 1_000);
    if (status === ABSENT || isTrouble(status)) continue;
    const firewall = field(status, "firewall");
    const trouble = field(firewall, "trouble");
    if (isTrouble(trouble)) return trouble;
    if (text(firewall, "state") === "on") return { port: number(list(status, "listeners")[0], "port") };
  }
  return `a second Rempart was not ready within ${READY / 1_000} s`;
}

/**
 * Says over TCP what scanners say, which decides, and then keeps on connecting, about once a millisecond. The first connection that the kernel does not
 * accept tells when it began to drop: ms, or infinity.
 */
async function attack(source: string, port: number): Promise<number> {
  const first = knock(source, port);
  await first.done;
  const began = performance.now();
  first.socket.write(scan(source));
  const knocks: ReturnType<typeof knock>[] = [];
  const isOver = (): boolean => knocks.some((k) => !k.accepted() && performance.now() - k.at > SILENCE);
  while (performance.now() - began < ATTACK && !isOver()) {
    knocks.push(knock(source, port));
    await sleep(1);
  }
  await sleep(SILENCE);
  const dropped = knocks.find((k) => !k.accepted());
  for (const { socket } of [first, ...knocks]) socket.destroy();
  return dropped === undefined ? Number.POSITIVE_INFINITY : dropped.at - began;
}

function knock(source: string, port: number) {
  let isAccepted = false;
  const at = performance.now();
  const socket: Socket = connect({ host: "127.0.0.1", port, localAddress: source });
  const done = new Promise<void>((resolve) => {
    socket.once("connect", () => {
      isAccepted = true;
      resolve();
    });
    // Closed for being one of too many, which the kernel had no part in.
    socket.once("error", () => resolve());
  });
  return { at, socket, done, accepted: () => isAccepted };
}

function scan(source: string): string {
  const lines = [
    "OPTIONS sip:127.0.0.1 SIP/2.0",
    `Via: SIP/2.0/TCP ${source}:5060;branch=z9hG4bKdoctor`,
    `From: <sip:doctor@${source}>;tag=doctor`,
    "To: <sip:127.0.0.1>",
    `Call-ID: doctor@${source}`,
    "CSeq: 1 OPTIONS",
    "Max-Forwards: 70",
    "User-Agent: friendly-scanner",
    "Content-Length: 0",
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function lacking({ what, safe, next }: Trouble): Finding {
  return warn("kernel", `it will not drop what is banned: ${what}; ${safe}`, next);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, "close");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await over;
  clearTimeout(timer);
}
