import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { canonicalIp } from "../../base/index.ts";
import type { Config, ListenConfig } from "../../config/index.ts";
import { addressTowards } from "../pbx/ask.ts";
import { isWildcard } from "../pbx/reach.ts";
import { type Finding, note, ok, warn } from "./finding.ts";

const NAME = "private side";
/** Shows rules to root alone. */
const NFT = "nft";
const SETTINGS = "/proc/sys/net/ipv4/conf";
/** Of docs/networks.md: what it is called there. */
const TABLE = ["inet", "rempart-sides"];
const PAGE = "docs/networks.md, Forged addresses";

/** What tells whether a neighbour on the public side can send to a private address. */
export interface Sides {
  /** Addresses that phone systems speak with, canonical. */
  readonly inside: readonly string[];
  /** Addresses that phones speak with, canonical; a wildcard is all of them. */
  readonly outside: readonly string[];
  /** Interface of each address of this machine, loopback left out. */
  readonly interfaces: ReadonlyMap<string, string>;
  /** `rp_filter` of an interface, or of "all"; undefined where it cannot be read. */
  readonly filterOf: (name: string) => number | undefined;
  /** The rules of the page's own table; "" where there is none or it may not be seen. */
  readonly rules: string;
}

/**
 * Whether a packet that comes in by a public interface with the PBX's address on it reaches a private socket: Linux takes one in by any
 * interface, for any address of its own, unless told otherwise. Over UDP alone: the handshake of a connection is answered to the true PBX.
 */
export async function privateSide(config: Config): Promise<Finding> {
  if (config.backends.length === 0) return ok(NAME, "no backend, none needed");
  if (process.platform !== "linux") return ok(NAME, "not known on this system");
  return judgeSides({
    inside: await insideOf(config),
    outside: config.sip.listen.filter((l) => l.side === "public").map((l) => l.address),
    interfaces: interfacesOf(),
    filterOf,
    rules: spawnSync(NFT, ["list", "table", ...TABLE], { encoding: "utf8", timeout: 2_000 }).stdout ?? "",
  });
}

/** Says which of the private addresses are open, and what closes them. */
export function judgeSides(s: Sides): Finding {
  const facing = s.inside.filter((a) => s.interfaces.has(a));
  if (facing.length === 0) return ok(NAME, "on loopback, which nobody else reaches");
  const own = new Set(facing.map((a) => s.interfaces.get(a)));
  const everywhere = s.outside.some(isWildcard);
  const named = s.outside.flatMap((a) => s.interfaces.get(a) ?? []);
  const outer = [...new Set(everywhere ? s.interfaces.values() : named)];
  const others = outer.filter((name) => !own.has(name));
  const shown = facing.join(", ");
  const closed = (name: string): boolean => s.rules.includes("fib daddr . iif type") && s.rules.includes(`"${name}"`);
  const v6 = facing.some((a) => a.includes(":"));
  const open = others.filter((name) => !closed(name) && (v6 || effective(s, name) !== 1));
  if (open.length > 0) return opened(shown, open, v6, s);
  // A wildcard means the other interfaces, where there are any.
  const shared = named.find((name) => own.has(name)) ?? (others.length === 0 && everywhere ? outer[0] : undefined);
  if (shared === undefined) return ok(NAME, `${shown}: not reached by ${others.join(", ") || "any public interface"}`);
  const what = `${shown} is on ${shared}, where phones come in too: only that network can tell its PBX from a neighbour`;
  return note(NAME, what, `see that it lets nobody send with the PBX's address, as clouds do (${PAGE})`);
}

/** ip-sysctl: the higher of the two counts. 1 is strict; 2, which many systems come with, lets in what is routed by any interface. */
function effective(s: Sides, name: string): number | undefined {
  const [all, one] = [s.filterOf("all"), s.filterOf(name)];
  return all === undefined || one === undefined ? undefined : Math.max(all, one);
}

function opened(shown: string, open: readonly string[], v6: boolean, s: Sides): Finding {
  const by = open.join(", ");
  const values = open.map((name) => effective(s, name) ?? "unknown").join(", ");
  const why = v6 ? "IPv6 has no rp_filter" : `rp_filter = ${values}`;
  const what = `a neighbour on ${by} can send to ${shown} as if he were the PBX (${why}, no nft rule seen)`;
  if (v6) return warn(NAME, what, `the three lines of nft in ${PAGE}; this check sees them as root`);
  // A name with a dot, as of a VLAN, is written with slashes (sysctl(8)).
  const names = ["all", ...open].map((name) =>
    name.includes(".") ? `net/ipv4/conf/${name}/rp_filter=1` : `net.ipv4.conf.${name}.rp_filter=1`,
  );
  return warn(NAME, what, `sysctl -w ${names.join(" ")}; the same in /etc/sysctl.d to keep it; or nft (${PAGE})`);
}

/** Where none is configured, one is opened at the address that faces each backend. */
async function insideOf(config: Config): Promise<string[]> {
  const named = config.sip.listen.filter((l: ListenConfig) => l.side === "private").map((l) => l.address);
  if (named.some(isWildcard)) return [...interfacesOf().keys()];
  if (named.length > 0) return named;
  const found = await Promise.all(config.backends.map((b) => addressTowards(b.host, b.port)));
  return [...new Set(found.flatMap((a) => a ?? []))];
}

function interfacesOf(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, each] of Object.entries(networkInterfaces())) {
    for (const a of each ?? []) {
      const address = canonicalIp(a.address);
      // "eth0:1" is a label of an address, and eth0 the interface.
      if (!a.internal && address !== undefined && !a.address.startsWith("fe80")) {
        found.set(address, name.replace(/:.*$/, ""));
      }
    }
  }
  return found;
}

function filterOf(name: string): number | undefined {
  try {
    return Number(readFileSync(`${SETTINGS}/${name}/rp_filter`, "utf8"));
  } catch {
    return undefined;
  }
}
