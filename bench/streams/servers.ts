import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort as freeTcpPort } from "../../test/support/port.ts";
import { DOMAIN } from "../accounts.ts";
import { family, freePort, SERVER_CORE, startPinned, stop, untilAnswering } from "../process.ts";

export interface Ports {
  readonly tcp: number;
  readonly tls: number;
  readonly wss: number;
}

/** A server under measurement, alone on its core. */
export interface Server {
  readonly ports: Ports;
  /** Of all its processes. Some are begun after the first answer. */
  pids(): number[];
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  readonly title: string;
  start(): Promise<Server>;
}

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export type KeyKind = "ecdsa" | "rsa";

/** One self-signed certificate for all of them. */
export function makePair(folder: string, kind: KeyKind): Pair {
  const pair = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const algorithm = kind === "rsa" ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const names = ["-subj", `/CN=${DOMAIN}`, "-addext", `subjectAltName=DNS:${DOMAIN}`, "-days", "30"];
  const files = ["-nodes", "-keyout", pair.key, "-out", pair.cert];
  execFileSync("openssl", ["req", "-x509", "-newkey", ...algorithm, ...names, ...files], { stdio: "pipe" });
  return pair;
}

async function started(words: readonly string[], udp: number, ports: Ports, folder: string): Promise<Server> {
  const log = join(folder, "log");
  const child = startPinned(SERVER_CORE, words, log);
  try {
    await untilAnswering(child, udp, DOMAIN);
  } catch (error) {
    throw new Error(readFileSync(log, "utf8").slice(-2_000), { cause: error });
  }
  return { ports, pids: () => family(child.pid ?? 0), stop: () => stop(child) };
}

/** A free port may be somebody's connection by the time that it is listened on. */
async function retried(start: () => Promise<Server>): Promise<Server> {
  for (let left = 2; ; left--) {
    try {
      return await start();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** Rempart as `bin/rempart run` starts it. */
export function rempart(parent: string, pair: Pair): Contender {
  const folder = join(parent, "rempart");
  mkdirSync(folder);
  const config = join(folder, "rempart.toml");
  const start = async (): Promise<Server> => {
    const udp = await freePort();
    const ports = { tcp: await freeTcpPort(), tls: await freeTcpPort(), wss: await freeTcpPort() };
    const listen = Object.entries({ udp, ...ports }).map(
      ([transport, port]) => `[[sip.listen]]\ntransport = "${transport}"\naddress = "127.0.0.1:${port}"\n`,
    );
    const certificate = `[[tls.certificate]]\ndomain = "${DOMAIN}"\ncert = "${pair.cert}"\nkey = "${pair.key}"\n`;
    writeFileSync(config, `state = "state"\n[sip]\ndomains = ["${DOMAIN}"]\n${listen.join("")}${certificate}`);
    const program = join(import.meta.dirname, "../../bin/rempart");
    return started([program, "run", "--config", config], udp, ports, folder);
  };
  return { name: "rempart", title: "Rempart", start: () => retried(start) };
}

const MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules";

/** What has to be installed for it; "" when nothing has to. */
export function missingForKamailio(): string {
  const needed = { tls: "kamailio-tls-modules", websocket: "kamailio-websocket-modules" };
  const missing = Object.entries(needed).filter(([module]) => !existsSync(join(MODULES, `${module}.so`)));
  return missing.map(([, name]) => name).join(" ");
}

/** Debian's Kamailio with its fast allocator and one process that reads connections. WebSockets come to its TLS port. */
export function kamailio(parent: string, pair: Pair): Contender {
  const folder = join(parent, "kamailio");
  mkdirSync(folder);
  const tls = join(folder, "tls.cfg");
  writeFileSync(
    tls,
    `[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\nprivate_key = ${pair.key}\ncertificate = ${pair.cert}\n[client:default]\nverify_certificate = no\n`,
  );
  const start = async (): Promise<Server> => {
    const udp = await freePort();
    const ports = { tcp: await freeTcpPort(), tls: await freeTcpPort() };
    const at = Object.entries({ udp, ...ports }).flatMap(([name, port]) => ["-l", `${name}:127.0.0.1:${port}`]);
    const config = join(import.meta.dirname, "kamailio.cfg");
    const words = ["kamailio", "-DD", "-f", config, "-x", "fm", "-m", "4096", "-M", "256", ...at];
    return started([...words, "-A", `TLSCFG="${tls}"`], udp, { ...ports, wss: ports.tls }, folder);
  };
  return { name: "kamailio", title: "Kamailio", start: () => retried(start) };
}
