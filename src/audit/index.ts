export { auditAsterisk } from "./asterisk/audit.ts";
export type { AuditFile, AuditInput } from "./input.ts";
export { loadStrength, type Strength } from "./strength.ts";
