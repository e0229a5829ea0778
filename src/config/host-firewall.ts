import * as z from "zod/mini";
import type { Fault } from "./faults.ts";
import { list, table, text, whole } from "./shapes.ts";
import { CIDR } from "./syntax.ts";

/** What is let in or out besides what Rempart itself needs. */
export interface OpeningConfig {
  /** tcp, udp, or a protocol without ports. */
  readonly protocol: string;
  /** First and last port; undefined for a protocol without ports. */
  readonly ports: readonly [low: number, high: number] | undefined;
  /** The other side, each in its one spelling; none: anybody. */
  readonly addresses: readonly string[];
}

/** `[firewall.host]`: the firewall of the whole machine. */
export interface HostFirewallConfig {
  /** Ports of SSH, and who may reach them; nobody named: anybody. */
  readonly ssh: { readonly ports: readonly number[]; readonly from: readonly string[] };
  /** The same for a web console; ports without an address are refused. */
  readonly console: { readonly ports: readonly number[]; readonly from: readonly string[] };
  /** Who may reach the public SIP listeners; nobody named: anybody. Trunks always may. */
  readonly sip: { readonly from: readonly string[] };
  /** Ports of sound; `auto`: the usual ones where a phone system runs on this machine, else none. */
  readonly rtp: "auto" | "none" | readonly [low: number, high: number];
  readonly open: readonly OpeningConfig[];
  readonly outbound: readonly OpeningConfig[];
}

/** Protocols that have no ports, by the names that nftables knows. */
const BARE = ["esp", "ah", "gre", "vrrp", "igmp"];
const OPEN = opening("from", 'text such as "tcp 443", "udp 4000-4999 from 203.0.113.0/24" or "esp from 192.0.2.1"');
const OUTBOUND = opening("to", 'text such as "tcp 25", "udp 514 to 10.0.0.9" or "tcp 3000-3999 to 10.0.0.0/8"');
const RTP = {
  expected: '"auto", "none" or ports such as "10000-20000"',
  test: (t: string) => readRtp(t) !== undefined,
};
const ADDRESSES = "a list of addresses or blocks such as 203.0.113.0/28";

const from = z._default(list(text(CIDR), ADDRESSES), []);
const ports = (standard: number[]) => z._default(list(whole(1, 65_535), "a list of ports"), standard);

/** `[firewall.host]` as written. */
export const HOST_FIREWALL = table({
  ssh: z.prefault(table({ ports: ports([22]), from }), {}),
  console: z.prefault(table({ ports: ports([]), from }), {}),
  sip: z.prefault(table({ from }), {}),
  rtp: z._default(text(RTP), "auto"),
  open: z._default(list(text(OPEN), "a list of what to let in"), []),
  outbound: z._default(list(text(OUTBOUND), "a list of what to let out"), []),
});

export function hostFirewallOf(raw: z.infer<typeof HOST_FIREWALL>): HostFirewallConfig {
  const addresses = (all: readonly string[]): string[] => all.map((a) => CIDR.read(a) ?? a);
  return {
    ssh: { ports: raw.ssh.ports, from: addresses(raw.ssh.from) },
    console: { ports: raw.console.ports, from: addresses(raw.console.from) },
    sip: { from: addresses(raw.sip.from) },
    rtp: readRtp(raw.rtp) ?? "auto",
    open: raw.open.flatMap((o) => OPEN.read(o) ?? []),
    outbound: raw.outbound.flatMap((o) => OUTBOUND.read(o) ?? []),
  };
}

/** A console for the whole internet is never meant. */
export function hostFirewallFaults({ console: web }: HostFirewallConfig): Fault[] {
  if (web.ports.length === 0 || web.from.length > 0) return [];
  return [{ path: ["firewall", "host", "console", "from"], found: "nobody", expected: ADDRESSES }];
}

/** As it stands in a file. */
export function showHostFirewall(h: HostFirewallConfig) {
  const { ssh, console: web, sip, rtp } = h;
  return {
    ssh,
    console: web,
    sip,
    rtp: typeof rtp === "string" ? rtp : rtp.join("-"),
    open: h.open.map((o) => showOpening(o, "from")),
    outbound: h.outbound.map((o) => showOpening(o, "to")),
  };
}

function readRtp(written: string): HostFirewallConfig["rtp"] | undefined {
  return written === "auto" || written === "none" ? written : readPorts(written);
}

/** "443" or "4000-4999". */
function readPorts(written: string): readonly [number, number] | undefined {
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(written);
  if (parts === null) return undefined;
  const low = Number(parts[1]);
  const high = Number(parts[2] ?? parts[1]);
  return low >= 1 && low <= high && high <= 65_535 ? [low, high] : undefined;
}

function opening(word: "from" | "to", expected: string) {
  const read = (written: string): OpeningConfig | undefined => {
    const [protocol = "", ...rest] = written.trim().split(/\s+/);
    const bare = BARE.includes(protocol);
    if (!bare && protocol !== "tcp" && protocol !== "udp") return undefined;
    const range = bare ? undefined : readPorts(rest.shift() ?? "");
    if (!bare && range === undefined) return undefined;
    if (rest.length === 0) return { protocol, ports: range, addresses: [] };
    const named = rest
      .slice(1)
      .join(" ")
      .split(/\s*,\s*|\s+/)
      .map(CIDR.read);
    if (rest[0] !== word || named.includes(undefined)) return undefined;
    return { protocol, ports: range, addresses: named.filter((a) => a !== undefined) };
  };
  return { expected, read, test: (written: string) => read(written) !== undefined };
}

function showOpening({ protocol, ports: range, addresses }: OpeningConfig, word: "from" | "to"): string {
  const [low = 0, high = 0] = range ?? [];
  const at = range === undefined ? "" : ` ${low === high ? low : `${low}-${high}`}`;
  return `${protocol}${at}${addresses.length === 0 ? "" : ` ${word} ${addresses.join(", ")}`}`;
}
