export type { Policy } from "./answer.ts";
export type { Call } from "./call.ts";
export { ACCOUNTS, type Act, type Demonstration, demonstrate } from "./demo.ts";
export { drawLadder } from "./ladder.ts";
export type { Address, Fate } from "./link.ts";
export { openPhone, type PhoneOptions, type Softphone } from "./softphone.ts";
export { newTrace, type Step, type Trace } from "./trace.ts";
