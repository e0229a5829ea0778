import { type Accounts, accountCommands } from "../accounts/index.ts";
import { hostPort, isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { BackendView, EdgeStatus, ListenerView, ProbeResult } from "../edge/index.ts";
import type { Store } from "../store/index.ts";
import { type Trunks, type TrunkTarget, trunkCommands, trunkTest } from "../trunks/index.ts";
import { writeDrained } from "./backends.ts";
import type { Directory } from "./directory.ts";
import type { EdgeThread } from "./edge-thread.ts";
import type { ForeignAccounts } from "./foreign.ts";
import type { ShieldKeeper } from "./shield.ts";
import { shieldCommands } from "./shield-commands.ts";
import type { Handlers } from "./socket.ts";
import type { TlsControl } from "./tls.ts";
import type { BindingWriter } from "./writer.ts";

/** How many registrations one listing shows at most. */
const LISTING = 10_000;

export interface Parts {
  readonly listeners: readonly ListenerView[];
  readonly edge: EdgeThread;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly trunks: Trunks;
  readonly foreign: ForeignAccounts | undefined;
  readonly directory: Directory;
  readonly writer: BindingWriter;
  readonly shield: ShieldKeeper;
  readonly tls: TlsControl | undefined;
  readonly mode: string;
  readonly state: string;
  readonly domains: readonly string[];
  readonly started: number;
}

/** Every command that the control socket understands. */
export function commandHandlers(parts: Parts): Handlers {
  return {
    ...accountCommands(parts.accounts),
    ...trunkCommands(parts.trunks),
    ...shieldCommands(parts.shield, parts.domains[0]),
    "trunk.test": trunkTest(parts.trunks, (target) => askTrunk(parts.edge, target)),
    status: () => status(parts),
    "tls.reload": async () => parts.tls?.reload() ?? noTls(),
    "tls.renew": async () => (await parts.tls?.renew()) ?? noTls(),
    "backends.list": () => parts.edge.ask({ what: "backends" }),
    "backends.drain": (args) => drain(parts, args, true),
    "backends.undrain": (args) => drain(parts, args, false),
    "registrations.list": async (args) => {
      const { aor } = readAor(args);
      return parts.edge.ask({ what: "registrations", aor, limit: LISTING });
    },
    "registrations.drop": async (args) => {
      const { aor } = readAor(args);
      if (aor !== undefined) return parts.edge.ask({ what: "drop", aor });
      return trouble(
        "AOR_MISSING",
        "no registration was named",
        "nothing was changed",
        "run `bin/rempart registrations list`",
      );
    },
  };
}

async function status(parts: Parts): Promise<unknown> {
  const edge = (await parts.edge.ask({ what: "status" })) as EdgeStatus;
  const count = await parts.store.countAccounts();
  const { trouble: storeTrouble, pending, since } = parts.writer.state;
  return {
    mode: parts.mode,
    state: parts.state,
    domains: parts.domains,
    pid: process.pid,
    started: parts.started,
    listeners: parts.listeners,
    accounts: typeof count === "number" ? count + parts.directory.foreignOnly : undefined,
    foreign: foreignStatus(parts.foreign),
    registrations: edge.bindings,
    connections: edge.connections,
    handshakes: edge.handshakes,
    doors: edge.doors,
    tls: parts.tls?.view() ?? null,
    backends: edge.backends,
    mirror: edge.mirror ?? null,
    transactions: { live: edge.transactions, remains: edge.remains },
    udp: edge.udp,
    shield: { book: parts.shield.shield.book.size, standing: parts.shield.shield.standing.size, ...edge.gate },
    firewall: { ...parts.shield.enforcer.view(), counts: await parts.shield.enforcer.counts() },
    counters: edge.counters,
    memory: { rss: process.memoryUsage.rss() },
    store: { pending, trouble: storeTrouble ?? null, since: storeTrouble === undefined ? null : since },
  };
}

/** Sends it an OPTIONS; what came of it, and where it went. */
async function askTrunk(edge: EdgeThread, { name, transport, host, port }: TrunkTarget): Promise<unknown> {
  const result = (await edge.ask({ what: "probe", transport, host, port })) as ProbeResult;
  return { name, at: `${transport}:${hostPort(host, port)}`, ...result };
}

function noTls(): Trouble {
  return trouble(
    "TLS_ABSENT",
    "no listener uses TLS, so there are no certificates",
    "nothing was changed",
    'write a [[sip.listen]] with transport = "tls" or "wss" and restart',
  );
}

function foreignStatus(foreign: ForeignAccounts | undefined): unknown {
  if (foreign === undefined) return null;
  const { trouble, since, ...rest } = foreign.state;
  return { ...rest, trouble: trouble ?? null, since: trouble === undefined ? null : since };
}

/** Takes effect first and is stored then: what cannot be stored holds until the next start. */
async function drain(parts: Parts, args: unknown, draining: boolean): Promise<unknown> {
  const name = typeof args === "object" && args !== null && "name" in args ? String(args.name) : "";
  const known = await parts.edge.ask({ what: "drain", name, draining });
  if (known !== true) {
    const next = "see which there are: `bin/rempart backend list`";
    return trouble("BACKEND_UNKNOWN", `there is no backend ${name || "without a name"}`, "nothing was changed", next);
  }
  const all = (await parts.edge.ask({ what: "backends" })) as BackendView[];
  const stored = await writeDrained(
    parts.store,
    all.filter((b) => b.draining).map((b) => b.name),
  );
  if (isTrouble(stored)) return { ...stored, safe: `${name} does as told until the next start; ${stored.safe}` };
  return all.find((b) => b.name === name);
}

function readAor(args: unknown): { aor: string | undefined } {
  const aor = typeof args === "object" && args !== null && "aor" in args ? args.aor : undefined;
  return { aor: typeof aor === "string" && aor !== "" ? aor : undefined };
}
