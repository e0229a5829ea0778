import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOMAIN, writeCsv, writeKamailioDatabase } from "./accounts.ts";
import { PROGRAM as LOAD } from "./load.ts";
import { family, freePort, LOAD_CORE, runPinned, SERVER_CORE, startPinned, stop, untilAnswering } from "./process.ts";

const REMPART = join(import.meta.dirname, "../bin/rempart");

/** Kamailio has no part in the kernel either; what Rempart's costs and does is measured by `bench:shield`. */
const NO_KERNEL = `[firewall]\nbackend = "none"\n`;

/** A server under measurement, alone on its core. */
export interface Server {
  readonly port: number;
  readonly pids: readonly number[];
  /** Where its callee listens: echo and relay have to be told. */
  readonly calleePort: number;
  stop(): Promise<void>;
}

/** Something that can be started again and again on the same accounts. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** It knows no SIP: it has no registrar, and gives OPTIONS back as it came. */
  readonly bare: boolean;
  /** The rows that it is measured by; none: all. */
  readonly only?: readonly string[];
  start(): Promise<Server>;
}

async function started(
  words: (port: number, callee: number) => string[],
  folder: string,
  phones?: number,
): Promise<Server> {
  const port = await freePort();
  const calleePort = phones ?? (await freePort());
  const log = join(folder, "log");
  const child: ChildProcess = startPinned(SERVER_CORE, words(port, calleePort), log);
  try {
    await untilAnswering(child, port, DOMAIN);
  } catch (error) {
    throw new Error(readFileSync(log, "utf8").slice(-2_000), { cause: error });
  }
  const pids = family(child.pid ?? 0);
  return { port, calleePort, pids, stop: () => stop(child) };
}

/**
 * Debian's Kamailio with its fast allocator: one UDP worker, accounts in SQLite, location in memory and written behind. The
 * database is as `kamdbctl` makes it, or tuned to a write-ahead log, which only matters where accounts are read.
 */
export async function kamailio(parent: string, accounts: number, journal: "stock" | "wal"): Promise<Contender> {
  const name = journal === "stock" ? "kamailio" : "kamailio-wal";
  const folder = join(parent, name);
  mkdirSync(folder);
  const database = writeKamailioDatabase(folder, accounts, journal === "wal");
  const config = join(import.meta.dirname, "kamailio.cfg");
  const words = (port: number): string[] => [
    ...["kamailio", "-DD", "-f", config, "-x", "fm", "-m", "4096", "-M", "256"],
    ...["-l", `udp:127.0.0.1:${port}`, "-A", `DBURL="sqlite:///${database}"`],
  ];
  const start = (): Promise<Server> => started(words, folder);
  if (journal === "stock") return { name, title: "Kamailio", bare: false, start };
  return { name, title: "Kamailio, WAL", bare: false, only: ["register", "digest-call"], start };
}

/** Rempart as `bin/rempart run` starts it, with one UDP adapter or the other. */
export async function rempart(
  parent: string,
  adapter: "batch" | "dgram",
  accounts: number,
  name = `rempart-${adapter}`,
): Promise<Contender> {
  const folder = join(parent, name);
  mkdirSync(folder);
  const config = join(folder, "rempart.toml");
  const write = (port: number): void => {
    const listen = `[[sip.listen]]\ntransport = "udp"\naddress = "127.0.0.1:${port}"\n`;
    const sip = `[sip]\ndomains = ["${DOMAIN}"]\n[sip.udp]\nadapter = "${adapter}"\n${listen}[dial]\nallow_anonymous = true\n`;
    writeFileSync(config, `state = "state"\n${sip}${NO_KERNEL}`);
  };
  write(5060);
  if (accounts > 0) {
    await runPinned(SERVER_CORE, [REMPART, "account", "import", writeCsv(folder, accounts), "--config", config]);
  }
  const words = (port: number): string[] => {
    write(port);
    return [REMPART, "run", "--config", config];
  };
  const title = adapter === "batch" ? "Rempart" : "Rempart, dgram";
  // It remembers where phones were: at another port they would be second phones of their users, and each call would fork.
  const phones = await freePort();
  return { name, title, bare: false, start: () => started(words, folder, phones) };
}

/**
 * Rempart in front of two phone systems that share the core of the load, being no more than mirrors. `relay`: they ask for the passwords, and each
 * challenge is relayed; `edge`: Rempart does, they trust it, and every call goes by way of one of them.
 */
export async function rempartBefore(parent: string, register: "relay" | "edge", accounts: number): Promise<Contender> {
  const folder = join(parent, `rempart-${register}`);
  mkdirSync(folder);
  const config = join(folder, "rempart.toml");
  const phones = await freePort();
  const ports = [await freePort(), await freePort()];
  const backends = ports.map((port, i) => `[[backend]]\nname = "pbx-${i + 1}"\nuri = "sip:127.0.0.1:${port}"\n`);
  const write = (port: number): void => {
    const listen = `[[sip.listen]]\ntransport = "udp"\naddress = "127.0.0.1:${port}"\n`;
    const calls = register === "edge" ? `local_calls = "pbx"\n[dial]\nallow_anonymous = true\n` : "";
    const front = `[front]\nregister = "${register}"\nprivate_port = ${port + 1}\n${calls}`;
    writeFileSync(
      config,
      `state = "state"\n[sip]\ndomains = ["${DOMAIN}"]\n${listen}${backends.join("")}${front}${NO_KERNEL}`,
    );
  };
  write(5060);
  if (register === "edge")
    await runPinned(SERVER_CORE, [REMPART, "account", "import", writeCsv(folder, accounts), "--config", config]);
  const start = async (): Promise<Server> => {
    const trust = register === "edge" ? ["--trusting"] : [];
    const pbxs = ports.map((port) =>
      startPinned(
        LOAD_CORE,
        [LOAD, "pbx", "--to", String(port), "--domain", DOMAIN, ...trust],
        join(folder, "pbx.log"),
      ),
    );
    const server = await started(
      (port) => {
        write(port);
        return [REMPART, "run", "--config", config];
      },
      folder,
      phones,
    );
    const end = async (): Promise<void> => {
      await Promise.all([server.stop(), ...pbxs.map(stop)]);
    };
    return { ...server, stop: end };
  };
  const title = register === "relay" ? "Rempart, relay, before two PBXs" : "Rempart before two PBXs";
  const only = register === "relay" ? ["register", "digest-call"] : ["register", "call", "digest-call"];
  return { name: `rempart-${register}`, title, bare: false, only, start };
}

/** No SIP at all: the most that Node's own UDP, or C, can do with these datagrams. */
export function bare(parent: string, kind: "node" | "c"): Contender {
  const folder = join(parent, `bare-${kind}`);
  mkdirSync(folder, { recursive: true });
  const words = (port: number, callee: number): string[] =>
    kind === "node"
      ? [process.execPath, join(import.meta.dirname, "echo.ts"), String(port), String(callee)]
      : [LOAD, "echo", "--to", String(port), "--callee-port", String(callee)];
  const title = kind === "node" ? "bare node:dgram" : "bare C";
  return { name: `bare-${kind}`, title, bare: true, start: () => started(words, folder) };
}
