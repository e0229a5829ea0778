import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { controlSocket, type LoadedConfig } from "../../config/index.ts";
import { addresses } from "../doctor/addresses.ts";
import { backends } from "../doctor/backends.ts";
import { buffers } from "../doctor/buffers.ts";
import { digest } from "../doctor/digest.ts";
import { type Check, type Finding, fail, ok, warn } from "../doctor/finding.ts";
import { foreignAccounts, openSecret } from "../doctor/foreign.ts";
import { addon, clock, files, memory, runtime } from "../doctor/machine.ts";
import { nameServers } from "../doctor/name-servers.ts";
import { ownName } from "../doctor/names.ts";
import { ports } from "../doctor/ports.ts";
import { privateSide } from "../doctor/sides.ts";
import { type Context, perform } from "../perform.ts";
import { ABSENT, ask } from "../socket.ts";
import { asTyped } from "../trouble.ts";

/** `rempart doctor`: looks at everything a start needs, changes nothing; exit code 1 when something fails. */
export function doctor(parent: Command): void {
  parent
    .command("doctor")
    .description("Check machine, configuration and state; nothing is changed")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const findings = await examine(context);
        const { config } = command.optsWithGlobals<{ config?: string }>();
        const failed = findings.some((f) => f.level === "fail");
        return { data: findings, human: asTyped(findings.map(lineOf).join("\n"), config), exit: failed ? 1 : 0 };
      }),
    );
}

async function examine(context: Context): Promise<Finding[]> {
  const machine = [runtime(), clock(), files(), memory(), ownName()];
  const loaded = await context.load();
  if (isTrouble(loaded)) {
    return [...machine, fail("config", (loaded.details ?? [loaded.what]).join("; "), "rempart config check")];
  }
  const { certificates } = await import("../doctor/certificates.ts");
  const { stateFolder, database } = await import("../doctor/state.ts");
  const { config } = loaded;
  const answer = await ask(controlSocket(config), "status", {}, 3_000);
  const running = answer !== ABSENT && !isTrouble(answer);
  const checks: readonly Check[] = [
    addon,
    buffers,
    digest,
    stateFolder,
    database,
    certificates,
    foreignAccounts,
    ports,
    addresses,
    nameServers,
    privateSide,
  ];
  const findings: Finding[] = [];
  for (const check of checks) findings.push(await check(config, running));
  findings.push(...(await backends(config, running)));
  return [...machine, configured(loaded), ...findings, daemon(answer)];
}

function configured({ files: read, config }: LoadedConfig): Finding {
  const open = openSecret(config, read);
  if (open !== undefined) {
    return warn("config", `${open}, with the password of [accounts], may be read by every user`, `chmod o= ${open}`);
  }
  return ok("config", read.length === 0 ? "defaults, no file" : read.join(", "));
}

function daemon(answer: unknown): Finding {
  if (answer === ABSENT) return ok("daemon", "does not run (rempart run starts it)");
  return isTrouble(answer) ? fail("daemon", answer.what, answer.next) : ok("daemon", "runs and answers");
}

function lineOf(f: Finding): string {
  return `${f.level.padEnd(4)}  ${f.name.padEnd(8)}  ${f.what}${f.run === undefined ? "" : `\n                run: ${f.run}`}`;
}
