export { ADVISORY_RULES, judgeAsterisk } from "./advisories/judge.ts";
export { FREEPBX_RULES, type FreepbxInput, judgeFreepbx, madeByFreepbx } from "./advisories/judge-freepbx.ts";
export type { AuditFile, AuditInput } from "./input.ts";
export { auditAsterisk, auditKamailio, loadStrength } from "./stand-in.ts";
