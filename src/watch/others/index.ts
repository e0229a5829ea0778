export { type Fail2banFile, importFail2ban, type Jail, jailsOf, readJails } from "./fail2ban.ts";
export { Ini } from "./ini.ts";
export { type ImportPlan, planToml } from "./plan.ts";
export { importSipcheck, isSipcheck } from "./sipcheck.ts";
