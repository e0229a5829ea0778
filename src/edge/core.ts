import type { Account, Verifier } from "../auth/index.ts";
import type { Clock } from "../base/index.ts";
import type { DialPlan, Domains, PinGuard, Rights, Trunks } from "../policy/index.ts";
import type { Entropy, Network } from "../ports/index.ts";
import type { Mac } from "../proxy/index.ts";
import type { Location } from "../registrar/index.ts";
import type { ToolNames } from "../shield/index.ts";
import type { Uri } from "../sip/index.ts";
import type { Backends } from "./backends.ts";
import type { Busiest } from "./busiest.ts";
import type { Nonces } from "./challenges.ts";
import type { BindingChanges } from "./changes.ts";
import type { EdgeConfig } from "./config.ts";
import type { Counters } from "./counters.ts";
import type { Facts } from "./facts.ts";
import type { Gate } from "./gate.ts";
import type { Names } from "./names.ts";
import type { OwnRequests } from "./own-requests.ts";
import type { Seal } from "./seal.ts";
import type { TagSeeds } from "./tag.ts";
import type { Traffic } from "./traffic.ts";
import type { TransactionTable } from "./transactions.ts";
import type { Waiting } from "./waiting.ts";

/** What the stages may look at. They change only the tables that belong to their duty; sockets are the host's. */
export interface Core {
  readonly config: EdgeConfig;
  /** Requests of our own. */
  readonly requests: OwnRequests;
  readonly backends: Backends;
  readonly domains: Domains;
  /** By AOR "user@domain". */
  readonly accounts: Map<string, Account>;
  /** Of accounts that have any of their own, by AOR. */
  readonly rights: ReadonlyMap<string, Rights>;
  readonly trunks: Trunks;
  readonly dialPlan: DialPlan;
  /** Bits of the classes that every account may call. */
  readonly everybody: number;
  readonly pins: PinGuard;
  /** Told of each wrong PIN. */
  onWrongPin: (aor: string, source: string, locked: boolean) => void;
  readonly location: Location;
  readonly transactions: TransactionTable;
  /** Where other domains are. */
  readonly names: Names;
  /** What cannot be judged before a name is known. */
  readonly waiting: Waiting;
  readonly network: Network;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly tagSeeds: TagSeeds;
  readonly counters: Counters;
  readonly traffic: Traffic;
  /** Who sends most, while somebody looks. */
  readonly busiest: Busiest;
  readonly verifier: Verifier;
  /** Given by phone systems behind us that ask for passwords themselves. */
  readonly nonces: Nonces;
  /** Of the last nonce: no two share one. */
  serial: number;
  /** What changed among the bindings since the last batch to the control thread. */
  readonly changes: BindingChanges;
  /** Does this URI name us? */
  readonly isOurs: (uri: Uri) => boolean;
  /** Is this sent-by of a Via ours? */
  readonly isOurVia: (sentBy: string) => boolean;
  /** Keeps out whom the shield has muted or banned. */
  readonly gate: Gate;
  /** What the shield is to know. */
  readonly facts: Facts;
  /** Tools by their names. */
  readonly toolNames: ToolNames;
  /** Hides URIs of the inside. */
  readonly seal: Seal;
  /** Keys the tokens of dialogs (docs/decisions/002). */
  readonly mac: Mac;
}
