export { ADVISORY_RULES, judgeAsterisk } from "./advisories/judge.ts";
export { FREEPBX_RULES, type FreepbxInput, judgeFreepbx, madeByFreepbx } from "./advisories/judge-freepbx.ts";
export type { AuditFile, AuditInput } from "./input.ts";
export { GUESSES, type GuessedAccount, guess } from "./passwords/guesses.ts";
export { guessedFinding, nameFinding, PASSWORD_RULES } from "./passwords/judge.ts";
export { auditAsterisk, auditKamailio, loadStrength } from "./stand-in.ts";
