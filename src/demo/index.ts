export type { Policy } from "./answer.ts";
export { OFFICE_ACCOUNTS, type Played, playAttack } from "./attack.ts";
export { ACCOUNTS, type Demonstration, demonstrate } from "./demo.ts";
export type { Address } from "./link.ts";
export { openPhone, type PhoneOptions, type Softphone } from "./softphone.ts";
