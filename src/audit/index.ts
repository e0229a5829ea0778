export { ADVISORY_RULES, judgeAsterisk } from "./advisories/judge.ts";
export { FREEPBX_RULES, type FreepbxInput, judgeFreepbx, madeByFreepbx } from "./advisories/judge-freepbx.ts";
export { auditAsterisk } from "./asterisk/audit.ts";
export type { AuditFile, AuditInput } from "./input.ts";
export { auditKamailio } from "./kamailio/audit.ts";
export { GUESSES, type GuessedAccount, guess } from "./passwords/guesses.ts";
export { guessedFinding, nameFinding, PASSWORD_RULES } from "./passwords/judge.ts";
export { loadStrength, type Strength } from "./strength.ts";
