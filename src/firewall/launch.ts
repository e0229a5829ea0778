import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Trouble, trouble } from "../base/index.ts";
import type { UnableCode } from "./protocol.ts";

/** Of capability.h. */
const CAP = { setgid: 6n, setuid: 7n, setpcap: 8n, netAdmin: 12n } as const;
const NOBODY = "65534";
const SETPRIV = ["/usr/bin/setpriv", "/bin/setpriv"];
const HELPER = join(import.meta.dirname, "helper/main.ts");
/** It holds no more than one batch; and it runs little code, so that compiling it well costs more memory than it is worth (25 MB of its own, not 35). */
const NODE_FLAGS = [
  "--disable-warning=ExperimentalWarning",
  "--max-semi-space-size=8",
  "--max-old-space-size=96",
  "--v8-pool-size=0",
  "--liftoff-only",
  "--wasm-lazy-compilation",
];
const SAFE =
  "Rempart drops what is banned itself, after the kernel has handed it over; limits against floods are not there";

/** What this process may do. */
export interface Self {
  readonly platform: string;
  readonly uid: number;
  /** Bits by number of the capability: those in effect, and those that a child gets. */
  readonly effective: bigint;
  readonly ambient: bigint;
  /** Path of setpriv; empty where there is none. */
  readonly setpriv: string;
  /** Whether any user may read what the helper consists of. */
  readonly readable: boolean;
}

/** A command as words. */
export type Command = readonly [program: string, ...args: string[]];

/** This process, as the system describes it. */
export function whoWeAre(): Self {
  let status = "";
  try {
    status = readFileSync("/proc/self/status", "utf8");
  } catch {
    // Not Linux: nothing is lost that there was.
  }
  const bits = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? 0}`);
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    effective: bits("CapEff"),
    ambient: bits("CapAmb"),
    setpriv: SETPRIV.find((path) => existsSync(path)) ?? "",
    readable: [HELPER, process.execPath].every(isReadable),
  };
}

/** How the helper is started with the one right that it needs; or why it cannot have it. A dry run needs none. */
export function helperCommand(self: Self, words: readonly string[], isPaper: boolean): Command | Trouble {
  const node: Command = [process.execPath, ...NODE_FLAGS, HELPER, ...words];
  if (isPaper) return node;
  if (self.platform !== "linux")
    return noRights(`this is ${self.platform}: the kernel of Linux is needed`, "bin/rempart status");
  const has = (bits: bigint, cap: bigint): boolean => ((bits >> cap) & 1n) === 1n;
  if (!has(self.effective, CAP.netAdmin)) {
    const next =
      'give the service AmbientCapabilities=CAP_NET_ADMIN (docs/firewall.md), or write [firewall] backend = "none"';
    return noRights("this process has no right over the kernel's rules (CAP_NET_ADMIN)", next);
  }
  const may = [CAP.setuid, CAP.setgid, CAP.setpcap].every((cap) => has(self.effective, cap));
  if (may && self.setpriv !== "") {
    const who = self.readable ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
    const one = ["--inh-caps", "--ambient-caps", "--bounding-set"].map((set) => `${set}=-all,+net_admin`);
    return [self.setpriv, ...who, ...one, "--no-new-privs", ...node];
  }
  if (self.uid !== 0 && has(self.ambient, CAP.netAdmin)) return node;
  if (self.uid !== 0) {
    const next = "give it as an ambient capability: AmbientCapabilities=CAP_NET_ADMIN of systemd (docs/firewall.md)";
    return noRights("this process cannot pass its right over the kernel's rules on to its helper", next);
  }
  return noRights(
    "setpriv is not installed: a helper with all rights of root is not started",
    "install the package util-linux",
  );
}

/** What the helper, or nft, has said against it. */
export function unable(code: UnableCode, why: string): Trouble {
  const next = {
    FIREWALL_NFT: "install nftables, or see what it says: nft list tables",
    FIREWALL_RIGHTS: "give the service AmbientCapabilities=CAP_NET_ADMIN (docs/firewall.md)",
    FIREWALL_TAKEN: "stop the other one, or give each its own [firewall] table",
  }[code];
  return trouble(code, why, SAFE, next);
}

function noRights(what: string, next: string): Trouble {
  return trouble("FIREWALL_RIGHTS", what, SAFE, next);
}

/** Any user may read the file and enter the folders that it is in. */
function isReadable(path: string): boolean {
  try {
    if ((statSync(path).mode & 0o004) === 0) return false;
    for (let at = dirname(path); ; at = dirname(at)) {
      if ((statSync(at).mode & 0o001) === 0) return false;
      if (at === dirname(at)) return true;
    }
  } catch {
    return false;
  }
}

export { SAFE as WITHOUT_KERNEL };
