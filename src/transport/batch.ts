import { createRequire } from "node:module";
import { hostPort } from "../base/index.ts";
import { type OpenFault, openFault } from "./fault.ts";
import type { BatchSocket, Slabs, SocketOptions, SocketStats } from "./socket.ts";

/** native/udp/README.md describes it. */
interface Addon {
  open(
    address: string,
    options: SocketOptions,
    rxSlab: Buffer,
    rxMeta: Int32Array,
    txSlab: Buffer,
    txMeta: Int32Array,
    onBatch: (n: number) => void,
  ): { readonly port: number; send(n: number): number; close(): void; stats(): SocketStats };
}

const FILE = "../../native/udp/build/Release/udp.node";
let addon: Addon | undefined;
let tried = false;

function load(): Addon | undefined {
  if (tried) return addon;
  tried = true;
  try {
    addon = createRequire(import.meta.url)(FILE) as Addon;
  } catch {
    // Not built on this machine, as native/udp/install.mjs said at install time.
  }
  return addon;
}

/** True when the batch addon was built and loads here. */
export function hasBatch(): boolean {
  return load() !== undefined;
}

/** The addon as a BatchSocket. Fault NO_ADDON where it is not built. */
export async function openBatch(
  address: string,
  options: SocketOptions,
  slabs: Slabs,
  onBatch: (n: number) => void,
): Promise<BatchSocket | OpenFault> {
  const native = load();
  const what = `udp ${hostPort(address, options.port)}`;
  if (!native) return { code: "NO_ADDON", message: `${what}: the batch addon is not built (run: npm ci)` };
  try {
    const handle = native.open(address, options, slabs.rx, slabs.rxMeta, slabs.tx, slabs.txMeta, onBatch);
    let last: SocketStats | undefined;
    return {
      kind: "batch",
      port: handle.port,
      send: (n) => handle.send(n),
      stats: () => last ?? handle.stats(),
      close: async () => {
        last ??= handle.stats();
        handle.close();
      },
    };
  } catch (error) {
    return openFault(what, error);
  }
}
