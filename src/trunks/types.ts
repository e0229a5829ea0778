import type { TransportName, Trouble } from "../base/index.ts";

/** A group of addresses that call in without a password. */
export interface TrunkData {
  readonly name: string;
  /** Addresses and blocks. */
  readonly addresses: readonly string[];
  /** Empty for any. */
  readonly transport: string;
  /** Empty for any. */
  readonly fromDomain: string;
}

export interface TrunkView extends TrunkData {
  /** Where it is said: that place alone can change it. `hidden`: in the store, and the configuration has another of that name. */
  readonly origin: "configuration" | "store" | "hidden";
}

/** What changed, for whoever keeps a copy. */
export interface TrunkChange {
  readonly put: readonly TrunkData[];
  readonly removed: readonly string[];
}

export interface AddTrunk {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly transport?: string | undefined;
  readonly fromDomain?: string | undefined;
}

/** Where a trunk is asked whether it lives. */
export interface TrunkTarget {
  readonly name: string;
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
}

/**
 * What an operator may do to trunks. Refusals are troubles: TRUNK_INVALID, TRUNK_EXISTS, TRUNK_UNKNOWN, TRUNK_CONFIGURED,
 * TRUNK_TARGET, and those of the store.
 */
export interface Trunks {
  add(request: AddTrunk): Promise<TrunkView | Trouble>;
  list(): Promise<TrunkView[] | Trouble>;
  remove(name: string): Promise<{ readonly name: string } | Trouble>;
  /** Where an OPTIONS to it goes: `to` ("host", "host:port"), which must be one of its addresses, or the first single one it has. */
  target(name: string, to: string | undefined): Promise<TrunkTarget | Trouble>;
}
