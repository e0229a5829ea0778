import { isTrouble, type Trouble } from "../../base/index.ts";
import { controlSocket, type LoadedConfig } from "../../config/index.ts";
import { ABSENT, ask } from "../socket.ts";
import { addresses } from "./addresses.ts";
import { backends } from "./backends.ts";
import { buffers } from "./buffers.ts";
import { digest } from "./digest.ts";
import { kernelDrop } from "./drop.ts";
import { type Check, type Finding, fail, ok, warn } from "./finding.ts";
import { foreignAccounts, openSecret } from "./foreign.ts";
import { addon, clock, files, memory, runtime } from "./machine.ts";
import { nameServers } from "./name-servers.ts";
import { ownName } from "./names.ts";
import { ports } from "./ports.ts";
import { privateSide } from "./sides.ts";

/** Looks at everything a start needs, in the order in which a person would; changes nothing. */
export async function examine(load: () => Promise<LoadedConfig | Trouble>): Promise<Finding[]> {
  const machine = [runtime(), clock(), files(), memory(), ownName()];
  const loaded = await load();
  if (isTrouble(loaded)) {
    return [...machine, fail("config", (loaded.details ?? [loaded.what]).join("; "), "rempart config check")];
  }
  const { certificates } = await import("./certificates.ts");
  const { stateFolder, database } = await import("./state.ts");
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
    kernelDrop,
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
