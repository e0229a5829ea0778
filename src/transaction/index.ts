export { buildAck, buildCancel } from "./build.ts";
export { Effect, Event, type EventCode } from "./effects.ts";
export { clientKey, inviteKey, isAckFor, mergeKey, responseKey, serverKey } from "./keys.ts";
export { Remains, RemainsKind, remainsKind } from "./remains.ts";
export { step } from "./step.ts";
export {
  inviteClient,
  inviteServer,
  nonInviteClient,
  nonInviteServer,
  State,
  type StateCode,
  Transaction,
} from "./transaction.ts";
