export { BoundedMap } from "./bounded.ts";
export type { Clock } from "./clock.ts";
export { Failure, isFailure } from "./failure.ts";
export type { Flow, Listener, TransportName } from "./flow.ts";
export { canonicalIp, formatIp, hostPort, type Ip, parseIp } from "./ip.ts";
export { LIMITS } from "./limits.ts";
export { own } from "./text.ts";
export { type Timed, TimerWheel } from "./timers.ts";
export { isTrouble, type Trouble, trouble } from "./trouble.ts";
