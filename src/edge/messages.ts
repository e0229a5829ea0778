import type { Account } from "../auth/index.ts";
import type { TransportName } from "../base/index.ts";
import type { RightsRow, Trunk } from "../policy/index.ts";
import type { Binding, StoredBinding } from "../registrar/index.ts";
import type { DoorCounts, TlsCredentials } from "../transport/index.ts";
import type { EdgeConfig } from "./config.ts";
import type { Counters } from "./counters.ts";
import type { Sighting } from "./facts.ts";
import type { GateRow, Refused } from "./gate.ts";
import type { PackedGateRows } from "./gate-rows.ts";
import type { ListHits, ListRows } from "./lists.ts";
import type { LoopDelay } from "./loop.ts";
import type { MirrorStatus } from "./mirror.ts";
import type { ProbeAnswer } from "./options.ts";
import type { PackedRows } from "./rows.ts";
import type { TrafficView } from "./traffic.ts";

/** One socket to open. */
export interface ListenOptions {
  readonly transport: TransportName;
  readonly family: 4 | 6;
  readonly address: string;
  /** 0: the kernel chooses. */
  readonly port: number;
  readonly side: "public" | "private";
  readonly advertise: string;
}

/** A binding as it crosses threads and lies in the store. */
export type BindingRow = StoredBinding;
export type BindingName = Pick<Binding, "aor" | "contact" | "instance" | "regId">;

/** What an account may, when that is not what everybody may. */
export interface AccountRights extends RightsRow {
  readonly aor: string;
}

/** What came of an OPTIONS. */
export interface ProbeResult extends ProbeAnswer {
  /** Milliseconds until it came, or until it was given up. */
  readonly ms: number;
}

/** What the signalling thread is given when it is born. Accounts and bindings follow, a page at a time; then it opens. */
export interface Birth {
  readonly config: EdgeConfig;
  readonly listen: readonly ListenOptions[];
  readonly udpAdapter: "auto" | "batch" | "dgram";
  /** Milliseconds; connections without a binding. */
  readonly tcp: { readonly halfMessage: number; readonly idle: number; readonly connectionsPerSource: number };
  /** None where nothing listens for TLS. */
  readonly credentials: TlsCredentials | undefined;
  /** Origins whose pages may open a WebSocket. */
  readonly origins: readonly string[];
}

/** From the control thread. `ask` is answered by `answer` with the same id. */
export type ToEdge =
  | { readonly kind: "accounts"; readonly put: readonly Account[]; readonly removed: readonly string[] }
  /** Rights of accounts that have any of their own, by AOR; those that say nothing are taken away. */
  | { readonly kind: "rights"; readonly put: readonly AccountRights[] }
  /** Trunks that are new or other than they were, and names of those that are gone. */
  | { readonly kind: "trunks"; readonly put: readonly Trunk[]; readonly removed: readonly string[] }
  /** Whom to keep out, and whom no longer. */
  | {
      readonly kind: "gate";
      readonly put: PackedGateRows;
      readonly removed: readonly GateRow[];
      readonly holds?: boolean;
    }
  /** Block lists and countries, all of them. */
  | ({ readonly kind: "lists" } & ListRows)
  /** Sources with standing, whom lists and countries spare. */
  | { readonly kind: "standing"; readonly put: readonly string[]; readonly removed: readonly string[] }
  /** Stored bindings, taken before it opens. */
  | { readonly kind: "restore"; readonly rows: PackedRows }
  /** Everything has been told: open the sockets. Answered by `ready` or `failed`. */
  | { readonly kind: "open" }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  /** Other certificates from now on. */
  | { readonly kind: "certificates"; readonly credentials: TlsCredentials }
  | { readonly kind: "stop" };

export type Question =
  | { readonly what: "status" }
  /** Who has sent most since it was asked last. */
  | { readonly what: "busiest" }
  /** Answered when all that was told before has been taken. */
  | { readonly what: "taken" }
  | { readonly what: "registrations"; readonly aor: string | undefined; readonly limit: number }
  | { readonly what: "drop"; readonly aor: string }
  | { readonly what: "backends" }
  /** Answered by a `ProbeResult`, when there is one. */
  | { readonly what: "probe"; readonly transport: TransportName; readonly host: string; readonly port: number }
  /** Answered by whether there is a backend of that name. */
  | { readonly what: "drain"; readonly name: string; readonly draining: boolean };

/** To the control thread. */
export type FromEdge =
  | { readonly kind: "ready"; readonly listeners: readonly ListenerView[] }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "bindings"; readonly put: PackedRows; readonly removed: readonly BindingName[] }
  /** A backend has gone down or come up. */
  | { readonly kind: "backend"; readonly name: string; readonly up: boolean; readonly last: string }
  /** Somebody with the password of this account has dialled a wrong PIN; `locked`: none counts any more for a while. */
  | { readonly kind: "wrongPin"; readonly aor: string; readonly source: string; readonly locked: boolean }
  /** Somebody did not get in, or not as it should be; `times` since it was last told of. */
  | {
      readonly kind: "door";
      readonly what: keyof DoorCounts;
      readonly host: string;
      readonly detail: string;
      readonly times: number;
    }
  /** What sources have done, of the last tick. */
  | { readonly kind: "facts"; readonly facts: readonly Sighting[] }
  /** Packets that lists and countries kept out, of the last second. */
  | ({ readonly kind: "hits" } & ListHits)
  /** Sources and blocks whose packets still arrive although they are banned for a while. */
  | { readonly kind: "leaks"; readonly sources: readonly string[] }
  | { readonly kind: "answer"; readonly id: number; readonly data: unknown }
  | { readonly kind: "bug"; readonly message: string };

export interface ListenerView {
  readonly index: number;
  readonly side: "public" | "private";
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** "batch" or "dgram" for UDP, empty for others. */
  readonly adapter: string;
}

export interface BackendView {
  readonly name: string;
  /** "udp:10.0.0.11:5060". */
  readonly at: string;
  readonly up: boolean;
  readonly draining: boolean;
  readonly weight: number;
  readonly priority: number;
  /** Wall milliseconds of the last change between up and down. */
  readonly since: number;
  /** What the last probe or failed call met; empty before the first. */
  readonly last: string;
}

export interface EdgeStatus {
  /** How far phone systems know who is registered here; undefined unless they are told. */
  readonly mirror: MirrorStatus | undefined;
  readonly backends: readonly BackendView[];
  readonly counters: Counters;
  readonly transactions: number;
  readonly remains: number;
  readonly bindings: number;
  readonly connections: number;
  /** Accepted connections that have not shaken hands yet. */
  readonly handshakes: number;
  /** Who did not get in, by kind. */
  readonly doors: DoorCounts;
  /** Packets of muted and banned sources, and facts that had no room. */
  readonly gate: { readonly refused: number; readonly lost: number; readonly by: readonly Refused[] };
  readonly traffic: TrafficView;
  readonly loop: LoopDelay;
  /** Bytes in use of this thread's heap. */
  readonly heap: number;
  /** Datagrams the kernel dropped because we were too slow, and those we could not send. */
  readonly udp: { readonly kernelDrops: number; readonly sendDrops: number };
}
