import { readFileSync } from "node:fs";
import type { Config } from "../../config/index.ts";
import { type Finding, note, ok, warn } from "./finding.ts";

/** Bytes of a socket's buffers. */
export interface Buffers {
  readonly receive: number;
  readonly send: number;
}

/** The sysctl that bounds each: its name is its path below /proc/sys. */
const LIMITS = { receive: "net.core.rmem_max", send: "net.core.wmem_max" } as const;
const WAYS = ["receive", "send"] as const;

/** Whether UDP sockets get the buffers that carry them over a burst. A socket is opened as the daemon would: that proves it. */
export async function buffers(config: Config): Promise<Finding> {
  if (!config.sip.listen.some((l) => l.transport === "udp")) return ok("buffers", "no UDP listener");
  if (process.platform !== "linux") return ok("buffers", "limit unknown on this system");
  const { openUdp, isOpenFault, UDP_BUFFER } = await import("../../transport/index.ts");
  const { adapter } = config.sip.udp;
  const at = { address: "127.0.0.1", port: 0, family: 4, index: 0, advertise: "", side: "public", peers: 64 } as const;
  const socket = await openUdp({ ...at, adapter }, { onPacket: () => {}, onBatchEnd: () => {} });
  if (isOpenFault(socket)) {
    return note("buffers", `not known, since no UDP socket opens: ${socket.message}`, "rempart doctor, once udp is ok");
  }
  const { recvBuffer, sendBuffer } = socket.stats();
  await socket.close();
  // socket(7): the kernel doubles what it grants, for its own bookkeeping, and tells the double.
  return judgeBuffers(UDP_BUFFER, { receive: recvBuffer / 2, send: sendBuffer / 2 }, limits());
}

/**
 * What was granted of the bytes wanted, and the system's limits where they can be read. A limit that is too low does no harm
 * to who may pass it (CAP_NET_ADMIN, with the batch addon).
 */
export function judgeBuffers(wanted: number, granted: Buffers, limit: Buffers | undefined): Finding {
  const short = WAYS.filter((way) => granted[way] < wanted);
  if (short.length > 0) {
    const got = short.map((way) => `${kib(granted[way])} to ${way}`).join(" and ");
    const what = `UDP sockets get ${got}, ${kib(wanted)} are asked for: what comes in a burst is lost sooner`;
    const set = `sysctl -w ${short.map((way) => `${LIMITS[way]}=${wanted}`).join(" ")}`;
    // Older kernels show these limits to the machine alone, not to its containers, and they hold for both.
    const where = limit === undefined ? ", on the host of this container" : "";
    return warn("buffers", what, `${set}${where}; the same in /etc/sysctl.d to keep it, then start again`);
  }
  const past = WAYS.filter((way) => limit !== undefined && limit[way] < wanted);
  const shown = `${kib(wanted)} each way`;
  if (limit === undefined || past.length === 0) return ok("buffers", shown);
  const names = past.map((way) => `${LIMITS[way]} = ${limit[way]}`).join(", ");
  return ok("buffers", `${shown}, past ${names} by this user's right; a user without it gets less`);
}

/** The system's limits; undefined where /proc does not show them. */
function limits(): Buffers | undefined {
  try {
    const [receive, send] = WAYS.map((way) =>
      Number(readFileSync(`/proc/sys/${LIMITS[way].replaceAll(".", "/")}`, "utf8")),
    );
    return { receive, send };
  } catch {
    return undefined;
  }
}

function kib(bytes: number): string {
  return `${Math.floor(bytes / 1_024)} KiB`;
}
