export { challenge } from "./challenge.ts";
export { type Answer, answerChallenge } from "./client.ts";
export { NonceCounts, type NonceUse } from "./counts.ts";
export type { Algorithm } from "./hash.ts";
export { credentialsFor, judge, type Verdict, type Verifier } from "./judge.ts";
export { makeNonce, type NonceKeys } from "./nonce.ts";
export { type Account, ha1 } from "./verify.ts";
