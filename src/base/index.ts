export { BoundedMap } from "./bounded.ts";
export { type Cidr, formatCidr, inCidr, parseCidr } from "./cidr.ts";
export type { Clock } from "./clock.ts";
export { Failure, isFailure } from "./failure.ts";
export { type Flow, isSecure, type Listener, type PeerCertificate, type TransportName } from "./flow.ts";
export { hashSpan, hex32 } from "./hash.ts";
export { type Hashed, HashTable } from "./hash-table.ts";
export { isInjectedName, isInjectedUser } from "./injection.ts";
export { canonicalIp, formatIp, hostPort, type Ip, parseIp } from "./ip.ts";
export { KeyHash } from "./key-hash.ts";
export { formatLimit, type Limit, parseLimit } from "./limit.ts";
export { LIMITS } from "./limits.ts";
export { PrefixTable } from "./prefix-table.ts";
export { PRIVATE_BLOCKS } from "./private-blocks.ts";
export {
  blocksOf,
  countRanges,
  countTouching,
  findRange,
  ipOf,
  NO_RANGES,
  RangeBuilder,
  type RangeTable,
} from "./range-table.ts";
export { own, pemBlocks } from "./text.ts";
export { type Timed, TimerWheel } from "./timers.ts";
export { isTrouble, type Trouble, trouble } from "./trouble.ts";
