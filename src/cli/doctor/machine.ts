import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { arch, freemem } from "node:os";
import type { Config } from "../../config/index.ts";
import { type Finding, fail, note, ok, warn } from "./finding.ts";

const NEEDED_NODE = 24;
/** Of systemd; asked where it is. */
const TIMEDATECTL = "timedatectl";
/** Touched by systemd-timesyncd once it has set the clock. */
const TIMESYNCD = "/run/systemd/timesync/synchronized";
/** Descriptors: connections at their limit, and what the process needs itself. */
const NEEDED_FILES = 16_384 + 64;
const NEEDED_MEMORY = 256 * 1_048_576;

/** The version of the runtime. */
export function runtime(): Finding {
  const what = `Node ${process.version} ${arch()}, ${process.execPath}`;
  const major = Number(process.versions.node.split(".")[0]);
  return major >= NEEDED_NODE
    ? ok("runtime", what)
    : fail("runtime", `${what}: ${NEEDED_NODE} or later is needed`, "npm ci");
}

/** Whether the batch UDP addon is built and loads, as far as the configuration wants it. */
export async function addon(config: Config): Promise<Finding> {
  const { adapter } = config.sip.udp;
  if (adapter === "dgram") return ok("udp", "node:dgram, as configured");
  const { openUdp, isOpenFault } = await import("../../transport/index.ts");
  // Opening a socket on loopback is the one proof that it works.
  const at = { address: "127.0.0.1", port: 0, family: 4, index: 0, advertise: "", side: "public", peers: 64 } as const;
  const socket = await openUdp({ ...at, adapter: "batch" }, { onPacket: () => {}, onBatchEnd: () => {} });
  if (isOpenFault(socket)) {
    return adapter === "batch"
      ? fail("udp", `the batch addon is configured and does not load: ${socket.message}`, "npm rebuild")
      : warn("udp", "the batch addon is not built: node:dgram serves, at half the speed", "npm rebuild");
  }
  await socket.close();
  return ok("udp", "the batch addon loads");
}

/** A clock that is wrong makes registrations and nonces end at the wrong time, and certificates later. */
export function clock(): Finding {
  const built = statSync(new URL("../../../package.json", import.meta.url)).mtimeMs;
  const now = Date.now();
  const shown = new Date(now).toISOString();
  if (now < built - 86_400_000)
    return fail("clock", `${shown} is before this program was installed`, "timedatectl set-ntp true");
  const asked = spawnSync(TIMEDATECTL, ["show", "--property=NTPSynchronized", "--value"], {
    encoding: "utf8",
    timeout: 2_000,
  });
  const said = asked.status === 0 ? asked.stdout.trim() : existsSync(TIMESYNCD) ? "yes" : "";
  if (said === "no") return warn("clock", `${shown}, not synchronised`, "timedatectl set-ntp true");
  if (said === "yes") return ok("clock", `${shown}, synchronised`);
  const run = "date -u, beside a clock that is right; in a container the host's clock counts";
  return note("clock", `${shown}; whether anything keeps it right is not known`, run);
}

/** Each TCP connection takes a descriptor. */
export function files(): Finding {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch {
    return ok("files", "limit unknown on this system");
  }
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits) ?? ["", "unlimited", "unlimited"];
  // Node raises the soft limit to the hard one at start: the hard one counts.
  const most = Math.max(...[soft, hard].map((n) => (n === "unlimited" ? Number.POSITIVE_INFINITY : Number(n))));
  const shown = Number.isFinite(most) ? `${most} descriptors` : "no limit";
  return most >= NEEDED_FILES
    ? ok("files", shown)
    : warn("files", `${shown}, full load needs ${NEEDED_FILES}`, `ulimit -n ${NEEDED_FILES}`);
}

/** What the process may still take, its container's limit included. */
export function memory(): Finding {
  const free = Math.min(process.availableMemory(), freemem() + 0.5 * process.availableMemory());
  const shown = `${Math.round(free / 1_048_576)} MiB available`;
  return free >= NEEDED_MEMORY
    ? ok("memory", shown)
    : warn("memory", `${shown}, 256 MiB are needed to start well`, "free -m");
}
