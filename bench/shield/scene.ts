import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cable, type Machine, newMachine, route } from "../../test/peers/support/networks.ts";
import { type Running, start } from "../../test/peers/support/programs.ts";
import { type Daemon, PROGRAM, startDaemon } from "../../test/support/child.ts";
import { scratch } from "../../test/support/edge.ts";
import type { Owner } from "../../test/support/owner.ts";
import { DOMAIN, writeCsv } from "../accounts.ts";
import { SERVER_CORE } from "../process.ts";

/** Addresses of the scene by family. `anybody`: the first of those that are forged; `here`: of those that receive, in the hands of the attacker. */
export const WAYS = {
  4: { edge: "203.0.113.1", gate: "203.0.113.254", anybody: "100.64.0.0", here: "198.18.0.1", all: "198.18.0.0/15" },
  6: {
    edge: "2001:db8:1::1",
    gate: "2001:db8:1::fe",
    anybody: "2001:db8:100::1",
    here: "2001:db8:200::1",
    all: "2001:db8:200::/40",
  },
} as const;

/** Who else is out there: phones of two offices, those that a trunk calls, the trunk, the office of the storm. */
export const AT = {
  registering: "203.0.113.20",
  calling: "203.0.113.21",
  called: "203.0.113.22",
  trunk: "203.0.113.30",
  office: "203.0.113.50",
} as const;

export const PBX = "10.0.0.11";
export const PORT = 5060;

/** [internet: phones, trunk, attackers] == wan0 [edge] lan0 == [pbx]. */
export interface Scene {
  readonly internet: Machine;
  readonly edge: Machine;
  readonly pbx: Machine;
  /** Of the edge's public interface. */
  readonly mac: string;
}

/** Lays it; gone with its owner. Whatever somebody forges, its answer goes to the internet and ends there. */
export function newScene(t: Owner): Scene {
  const [internet, edge, pbx] = ["internet", "edge", "pbx"].map((name) => newMachine(t, name));
  const outside = [WAYS[4].gate, ...Object.values(AT)].map((a) => `${a}/24`);
  cable(
    { machine: edge, name: "wan0", addresses: [`${WAYS[4].edge}/24`, `${WAYS[6].edge}/64`] },
    { machine: internet, name: "net0", addresses: [...outside, `${WAYS[6].gate}/64`] },
  );
  cable(
    { machine: edge, name: "lan0", addresses: ["10.0.0.1/24"] },
    { machine: pbx, name: "lan0", addresses: [`${PBX}/24`] },
  );
  for (const family of [4, 6] as const) {
    const { gate, all } = WAYS[family];
    edge.run(["ip", `-${family}`, "route", "add", "default", "via", gate]);
    internet.run(["ip", `-${family}`, "route", "add", "local", all, "dev", "lo"]);
  }
  route(pbx, "default", "10.0.0.1");
  const mac = edge.run(["cat", "/sys/class/net/wan0/address"]).trim();
  watch({ internet, edge });
  return { internet, edge, pbx, mac };
}

/**
 * Tables of our own that count: at the edge what has passed every rule before it and reaches a socket, which is the kernel's view; on the
 * internet what the attackers sent and what answers they got.
 */
function watch({ internet, edge }: Pick<Scene, "internet" | "edge">): void {
  countBySource(edge, "input", "seen", "saddr", "udp dport 5060");
  countBySource(internet, "output", "sent", "saddr", "udp dport 5060");
  countBySource(internet, "input", "got", "daddr", "udp sport 5060");
  const all = ["add counter inet watch passed", "add rule inet watch input udp dport 5060 counter name passed"];
  edge.run(["nft", all.join("\n")]);
}

function countBySource(machine: Machine, hook: string, name: string, end: string, what: string): void {
  const lines = [
    "add table inet watch",
    `add chain inet watch ${hook} { type filter hook ${hook} priority 100; policy accept; }`,
  ];
  for (const [family, ip, type] of [
    [4, "ip", "ipv4_addr"],
    [6, "ip6", "ipv6_addr"],
  ] as const) {
    lines.push(`add set inet watch ${name}${family} { type ${type}; flags dynamic; size 65536; }`);
    const each = `update @${name}${family} { ${ip} ${end} counter }`;
    lines.push(`add rule inet watch ${hook} ${ip} ${end} ${WAYS[family].all} ${what} ${each}`);
  }
  machine.run(["nft", lines.join("\n")]);
}

/** Packets to the SIP port that were let through so far. */
export function passed(scene: Scene): number {
  const out = scene.edge.run(["nft", "list", "counter", "inet", "watch", "passed"]);
  return Number(/packets (\d+)/.exec(out)?.[1] ?? 0);
}

/** Packets by source of `WAYS.here`: those that the edge's kernel let through, those that were sent, answers that arrived. */
export function bySource(scene: Scene, what: "seen" | "sent" | "got"): Map<string, number> {
  const machine = what === "seen" ? scene.edge : scene.internet;
  const found = new Map<string, number>();
  for (const family of [4, 6]) {
    const out = machine.run(["nft", "list", "set", "inet", "watch", `${what}${family}`]);
    for (const [, source, packets] of out.matchAll(/([\da-f.:]+) counter packets (\d+)/g)) {
      found.set(source, Number(packets));
    }
  }
  return found;
}

export interface SiteOptions {
  readonly mode?: "observe" | "enforce";
  /** Whether the kernel enforces; default no: the edge alone. */
  readonly kernel?: boolean;
  /** How many accounts of `accounts.ts`; default 300. */
  readonly accounts?: number;
  /** Further accounts by name. */
  readonly users?: readonly string[];
  /** TOML at the end. */
  readonly more?: string;
  /** With the log and the state of this folder; default a new one. */
  readonly folder?: string;
  readonly level?: string;
  /** The processors it has, as taskset takes them; default one of its own. */
  readonly cores?: string;
}

/** Rempart on the scene's edge, on a core of its own. */
export async function startRempart(t: Owner, scene: Scene, o: SiteOptions = {}): Promise<Daemon & { folder: string }> {
  const folder = o.folder ?? scratch(t);
  const file = writeSite(folder, o);
  if (o.folder === undefined) importAccounts(folder, file, o.accounts ?? 300, o.users);
  const within = ["taskset", "-c", o.cores ?? String(SERVER_CORE), ...scene.edge.within];
  return Object.assign(await startDaemon(t, file, within), { folder });
}

/** The configuration that all measures have; gives the file. */
export function writeSite(folder: string, o: SiteOptions): string {
  const listen = [4, 6].flatMap((family) =>
    ["udp", "tcp", "tls"].map((transport) => {
      const { edge } = WAYS[family as 4 | 6];
      const port = transport === "tls" ? PORT + 1 : PORT;
      return `[[sip.listen]]\ntransport = "${transport}"\naddress = "${family === 6 ? `[${edge}]` : edge}:${port}"\n`;
    }),
  );
  const file = join(folder, "rempart.toml");
  writeFileSync(
    file,
    `state = "state"
mode = "${o.mode ?? "enforce"}"
[sip]
domains = ["${DOMAIN}"]
${listen.join("")}
[[sip.listen]]
transport = "udp"
address = "10.0.0.1:5070"
side = "private"
[front]
register = "edge"
[[backend]]
name = "pbx"
uri = "sip:${PBX}:5060"
[[trunk]]
name = "carrier"
addresses = ["${AT.trunk}"]
[log]
level = "${o.level ?? "warn"}"
[firewall]
backend = "${o.kernel === true ? "nft" : "none"}"
${o.more ?? ""}`,
  );
  return file;
}

/** Puts the first accounts of `accounts.ts` into the state of a configuration. */
export function importAccounts(folder: string, file: string, count: number, users: readonly string[] = []): void {
  const words = ["account", "import", writeCsv(folder, count, users), "--allow-weak", "--config", file];
  execFileSync(PROGRAM, words, { stdio: "pipe" });
}

/** Something that listens where the phone system is, and writes down what reaches it. */
export function startListener(t: Owner, scene: Scene): { arrived(): string[] } {
  const words = [...scene.pbx.within, process.execPath, join(import.meta.dirname, "listener.ts"), PBX, "5060"];
  const running: Running = start(t, words, "/");
  return {
    arrived: () =>
      running
        .said()
        .split("\n")
        .filter((line) => line !== ""),
  };
}

/** An entry of the book, as `bans list` shows it. */
export interface Ban {
  readonly source: string;
  readonly account: string;
  readonly device: string;
  readonly action: "ban" | "mute" | "guard";
  readonly reason: string;
}

export async function bansOf(daemon: Daemon): Promise<readonly Ban[]> {
  return ((await daemon.command("bans.list")) as { bans: readonly Ban[] }).bans;
}
