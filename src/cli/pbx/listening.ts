import { readFileSync } from "node:fs";
import { formatIp } from "../../base/index.ts";

/** A socket of some program on this machine that waits for others. */
export interface Listening {
  readonly transport: "udp" | "tcp";
  /** Canonical; may be a wildcard. */
  readonly address: string;
  readonly port: number;
}

const TABLES = ["udp", "udp6", "tcp", "tcp6"] as const;

/** All that listens on this machine, as far as /proc/net shows it; none where there is no such thing. */
export function listeningSockets(): Listening[] {
  return TABLES.flatMap((table) => {
    try {
      return readProcNet(readFileSync(`/proc/net/${table}`, "latin1"), table.startsWith("udp") ? "udp" : "tcp");
    } catch {
      return [];
    }
  });
}

/** Reads a table of /proc/net, proc_pid_net(5): addresses are in hex, each 32 bits in the machine's own byte order. */
export function readProcNet(text: string, transport: "udp" | "tcp"): Listening[] {
  // TCP_LISTEN; for UDP, TCP_CLOSE: not connected to anybody.
  const waits = transport === "tcp" ? "0A" : "07";
  return text.split("\n").flatMap((line) => {
    const [, place = "", , state] = line.trim().split(/\s+/);
    const [hex = "", port = ""] = place.split(":");
    if (state !== waits || !/^(?:[\dA-F]{8}|[\dA-F]{32})$/.test(hex) || !/^[\dA-F]{4}$/.test(port)) return [];
    const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
    for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
    return [
      { transport, address: formatIp({ family: bytes.length === 4 ? 4 : 6, bytes }), port: Number.parseInt(port, 16) },
    ];
  });
}
