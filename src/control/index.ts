export { type Control, type Report, startControl } from "./start.ts";
export { fail2banFolder, readFail2ban } from "./watch/fail2ban.ts";
export { startWatch, type Watch, type WatchReport } from "./watch/start.ts";
