export { buildAck, buildCancel, mayCancel } from "./build.ts";
export { Effect, Event, type EventCode } from "./effects.ts";
export { clientKey, inviteKey, isAckFor, mergeKey, responseKey, serverKey } from "./keys.ts";
export { Remains, RemainsKind, remainsKind } from "./remains.ts";
export { step } from "./step.ts";
export {
  T1,
  T2,
  T4,
  TIMER_A,
  TIMER_B,
  TIMER_D,
  TIMER_E,
  TIMER_F,
  TIMER_G,
  TIMER_H,
  TIMER_I,
  TIMER_J,
  TIMER_K,
  TIMER_L,
  TIMER_M,
  TRYING_AFTER,
} from "./timers.ts";
export {
  inviteClient,
  inviteServer,
  Machine,
  type MachineCode,
  nonInviteClient,
  nonInviteServer,
  State,
  type StateCode,
  Transaction,
} from "./transaction.ts";
