export { challenge } from "./challenge.ts";
export { type Answer, answerChallenge } from "./client.ts";
export { NonceCounts, type NonceUse } from "./counts.ts";
export { type Algorithm, strongestFirst } from "./hash.ts";
export { credentialsFor, judge, type Verdict, type Verifier } from "./judge.ts";
export { checkNonce, makeNonce, NONCE_LIFETIME, type NonceKeys } from "./nonce.ts";
export { type Account, ha1, verify } from "./verify.ts";
