/** `node bench/streams.ts`: what TLS and WebSocket cost: new connections per second, and the memory of idle ones. Printed only. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import {
  family,
  freePort,
  LOAD_CORE,
  memory,
  runPinned,
  SERVER_CORE,
  startPinned,
  stop,
  untilAnswering,
} from "./process.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    idle: { type: "string", default: "10000" },
    web: { type: "string", default: "5000" },
    // Phones know no post-quantum key exchange; browsers do, and Node does by itself ("auto").
    curve: { type: "string", default: "X25519" },
  },
});
const CURVE = values.curve;
const SECONDS = Number(values.seconds);
/** As many at once, so that the server is never without work. */
const CLIENTS = 4;
/** Connections from one address; the server takes 64. */
const PER_SOURCE = 60;
const DOMAIN = "pbx.example.org";

interface Ports {
  readonly udp: number;
  readonly tcp: number;
  readonly tls: number;
  readonly wss: number;
}

interface Rate {
  readonly perSecond: number;
  /** Processor time of the server for one, in microseconds: what other work on the machine disturbs least. */
  readonly us: number;
}

/** Handshakes per second with OpenSSL's own client, `new` or `reuse`d sessions. */
async function handshakes(port: number, kind: "new" | "reuse", pid: number): Promise<Rate> {
  const before = cpuSeconds(pid);
  // In TLS 1.3 the ticket comes later, and this client does not wait for it.
  const version = kind === "new" ? [] : ["-tls1_2"];
  const at = ["-connect", `127.0.0.1:${port}`, "-time", String(SECONDS)];
  const words = ["openssl", "s_time", ...at, `-${kind}`, ...version];
  const said = await Promise.all(Array.from({ length: CLIENTS }, () => runPinned(LOAD_CORE, words)));
  const counts = said.map((text) => Number(/(\d+) connections in \d+ real seconds/.exec(text)?.[1] ?? Number.NaN));
  // It counts whole seconds, one more than it was told.
  const real = said.map((text) => Number(/(\d+) real seconds/.exec(text)?.[1] ?? Number.NaN));
  const all = counts.reduce((sum, n) => sum + n, 0);
  const perSecond = counts.reduce((sum, n, i) => sum + n / real[i], 0);
  return { perSecond, us: ((cpuSeconds(pid) - before) * 1e6) / all };
}

/** Processor time that a process and those it has started have had. */
function cpuSeconds(pid: number): number {
  const ticks = family(pid).map((each) => {
    const stat = readFileSync(`/proc/${each}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, n) => sum + n, 0) / 100;
}

/** Opens `count` connections from as many loopback addresses as it takes and gives MiB of the server before and after. */
async function idle(pid: number, count: number, open: (localAddress: string) => Promise<unknown>): Promise<string> {
  const pids = family(pid);
  const before = memory(pids);
  for (let n = 0; n < count; n += 20) {
    const batch = Array.from({ length: Math.min(20, count - n) }, (_, i) => {
      const source = Math.floor((n + i) / PER_SOURCE);
      return open(`127.1.${source >> 8}.${source & 255}`);
    });
    await Promise.all(batch);
  }
  await sleep(3_000);
  const after = memory(pids);
  const each = ((after - before) * 1024) / count;
  return `${Math.round(before)} MiB, with ${count} connections ${Math.round(after)} MiB: ${each.toFixed(1)} KiB each`;
}

function tcpOpen(port: number) {
  return (localAddress: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const socket = connectTcp({ host: "127.0.0.1", port, localAddress }, () => resolve(socket));
      socket.once("error", reject);
    });
}

function tlsOpen(port: number) {
  return (localAddress: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const way = { host: "127.0.0.1", port, localAddress, rejectUnauthorized: false, ecdhCurve: CURVE };
      const socket = connect(way, () => resolve(socket));
      socket.once("error", reject);
    });
}

function webOpen(port: number) {
  return (localAddress: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const way = { localAddress, rejectUnauthorized: false, perMessageDeflate: false, ecdhCurve: CURVE };
      const web = new WebSocket(`wss://127.0.0.1:${port}`, "sip", way);
      web.once("open", () => resolve(web));
      web.once("error", reject);
    });
}

/** A fresh daemon for each row: what one row has left in memory is not the next one's. */
async function withServer<T>(work: (ports: Ports, pid: number) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "rempart-bench-streams-"));
  const ports = { udp: await freePort(), tcp: await freePort(), tls: await freePort(), wss: await freePort() };
  const listen = Object.entries(ports).map(
    ([transport, port]) => `[[sip.listen]]\ntransport = "${transport}"\naddress = "127.0.0.1:${port}"\n`,
  );
  const file = join(folder, "rempart.toml");
  writeFileSync(file, `state = "state"\n[sip]\ndomains = ["${DOMAIN}"]\n${listen.join("")}`);
  const program = join(import.meta.dirname, "../bin/rempart");
  const child = startPinned(SERVER_CORE, [program, "run", "--config", file], join(folder, "log"));
  try {
    await untilAnswering(child, ports.udp, DOMAIN);
    return await work(ports, child.pid ?? 0);
  } finally {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[all.length >> 1];
}

const say = (row: string, what: string): void => void process.stdout.write(`${row.padEnd(36)} ${what}\n`);
for (const kind of ["new", "reuse"] as const) {
  const rates: Rate[] = [];
  for (let i = 0; i < Number(values.rounds); i++) {
    rates.push(await withServer(({ tls }, pid) => handshakes(tls, kind, pid)));
  }
  const [perSecond, us] = [median(rates.map((r) => r.perSecond)), median(rates.map((r) => r.us))].map(Math.round);
  const most = `${us} us of the server each, ${Math.round(1e6 / us)}/s on a core of its own`;
  say(`TLS connections, ${kind === "new" ? "full handshake" : "resumed"}`, `${perSecond}/s, ${most}`);
}
const count = Number(values.idle);
say("idle TCP", await withServer(({ tcp }, pid) => idle(pid, count, tcpOpen(tcp))));
say("idle TLS", await withServer(({ tls }, pid) => idle(pid, count, tlsOpen(tls))));
say("idle WSS", await withServer(({ wss }, pid) => idle(pid, Number(values.web), webOpen(wss))));
process.exit();
