import type { Cidr } from "../base/index.ts";
import type { Trunk } from "../policy/index.ts";
import type { ShieldSettings } from "../shield/index.ts";

/** What the judgement depends on: of the configuration as much as a capture or a log can be held against. Plain data. */
export interface Site {
  /** Own domains, the first is the primary. */
  readonly domains: readonly string[];
  /** Names and addresses by which this machine is called. */
  readonly aliases: readonly string[];
  /** Ports at which SIP is listened for. */
  readonly ports: readonly number[];
  /** "address" or "address port": who is the server, when somebody has said so; empty: it is found. */
  readonly servers: readonly string[];
  readonly decoys: readonly string[];
  readonly scenarios: ShieldSettings;
  /** Never kept out. What is found to be a server is not, either. */
  readonly never: readonly Cidr[];
  /** Never kept out where a server of the capture is this machine. */
  readonly neverHere: readonly Cidr[];
  readonly trunks: readonly Trunk[];
  /** The phone system behind asks for passwords. */
  readonly isRelay: boolean;
  /** Milliseconds within which a nonce is answered for that to be an attempt. */
  readonly nonceLife: number;
}
