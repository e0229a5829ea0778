import { globSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** Every file that `npm test` runs. Those of test/peers need root and other servers. */
const ALL = ["src/**/*.test.ts", "test/*.test.ts", "fuzz/*.test.ts", "native/udp/test/*.test.ts"];

const of = (rooms: string): string[] => rooms.split(" ").map((room) => `src/${room}/**/*.test.ts`);
const whole = (names: string): string[] => names.split(" ").map((name) => `test/${name}.test.ts`);

/**
 * Files that share a process, one after the other. A process for each would load the same modules again and again, which took
 * a third of the processor time of all tests. What waits long, or is about processes, has one of its own.
 */
export const GROUPS = {
  protocol: [
    ...of("base sip transaction auth registrar proxy policy backends shield names capture replay findings edge"),
    ...of("config observe asterisk audit watch"),
  ],
  services: of("certificates control demo firewall follow lists store transport trunks"),
  cli: of("cli"),
  calls: whole("backend calls corpus fork large late loss nat reconnect tcp tls"),
  attacks: whole("attacks auth names office scenarios shield strangers trunks"),
};

export const list = (patterns: readonly string[]): string[] => globSync(patterns, { cwd: ROOT }).sort();

/** What `node --test` is given: the groups, and every file that is in none. */
export function filesToRun(): string[] {
  const grouped = new Set(Object.values(GROUPS).flatMap(list));
  return [...Object.keys(GROUPS).map(entryOf), ...list(ALL).filter((file) => !grouped.has(file))];
}

const entryOf = (group: string): string => `test/groups/${group}.test.ts`;

/** Takes in the files of a group: to be called by test/groups/`group`.test.ts, and by nobody else. */
export async function runGroup(group: keyof typeof GROUPS): Promise<void> {
  for (const file of list(GROUPS[group])) await import(join(ROOT, file));
}
