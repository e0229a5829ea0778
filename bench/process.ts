import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** The server's core and the load generator's. */
export const SERVER_CORE = 0;
export const LOAD_CORE = availableParallelism() > 1 ? 1 : 0;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

/** Starts a program on one core; what it says goes to `log`. Killed when this process ends. */
export function startPinned(core: number, words: readonly string[], log: string): ChildProcess {
  const file = openSync(log, "a");
  const child = spawn("taskset", ["-c", String(core), ...words], { stdio: ["ignore", file, file] });
  closeSync(file);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Runs a program on one core to its end and gives its stdout; throws with its stderr. */
export async function runPinned(core: number, words: readonly string[]): Promise<string> {
  const child = spawn("taskset", ["-c", String(core), ...words], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  running.delete(child);
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${err}${out}`);
  return out;
}

/** Ends a server and waits for it; after 15 s by force. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await end;
  clearTimeout(timer);
}

/** A process and those that it started. */
export function family(pid: number): number[] {
  const found = [pid];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid) found.push(Number(name));
  }
  return found;
}

/** Memory in MiB: VmRSS of one process; of several the sum of their Pss, which counts shared pages once. */
export function memory(pids: readonly number[]): number {
  const field = (text: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const [only] = pids;
  if (pids.length === 1) return field(read(`/proc/${only}/status`), "VmRSS") / 1024;
  return pids.reduce((sum, pid) => sum + field(read(`/proc/${pid}/smaps_rollup`), "Pss"), 0) / 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A UDP port that is free on 127.0.0.1 right now. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Waits until whatever listens at `port` answers an OPTIONS; throws after 20 s or when `child` ends. */
export async function untilAnswering(child: ChildProcess, port: number, domain: string): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("error", () => {});
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const answered = once(socket, "message").then(() => true);
  const me = `127.0.0.1:${socket.address().port}`;
  try {
    for (let i = 0; i < 200; i++) {
      if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(" ")} ended with ${child.exitCode}`);
      socket.send(probe(me, domain, i), port, "127.0.0.1");
      if (await Promise.race([answered, sleep(100, false)])) return;
    }
    throw new Error(`${child.spawnargs.join(" ")} does not answer`);
  } finally {
    socket.close();
  }
}

function probe(me: string, domain: string, i: number): string {
  return [
    `OPTIONS sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP ${me};rport;branch=z9hG4bKready${i}`,
    "Max-Forwards: 70",
    "From: <sip:ready@elsewhere.example>;tag=ready",
    `To: <sip:${domain}>`,
    `Call-ID: ready${i}@${me}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

/** Waits until everything on this machine together uses less than a tenth of a core for a second; two minutes at most. */
export async function quiet(): Promise<void> {
  const busy = (): number =>
    cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  for (let i = 0; i < 120; i++) {
    const before = busy();
    await sleep(1_000);
    if (busy() - before < 100) return;
  }
}

/** First line of what a program says about its version; "" when it is not there. */
export function versionOf(words: readonly string[]): string {
  const [program = "", ...rest] = words;
  try {
    return execFileSync(program, rest, { encoding: "utf8" }).split("\n")[0]?.trim() ?? "";
  } catch {
    return "";
  }
}
