import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { type Outcome, perform } from "../perform.ts";

interface Options {
  readonly set: readonly string[];
  readonly compare?: true;
  readonly server: readonly string[];
  readonly source?: string;
}

/** `rempart replay FILE…`: who would have been muted or banned. */
export function replay(parent: Command): void {
  parent
    .command("replay")
    .description("Who would have been muted or banned: from captures (pcap, pcapng) and logs of phone systems")
    .argument("<file...>", "what was captured or logged, the oldest first")
    .option(
      "--set <line>",
      "a setting that is laid over the configuration, as a line of TOML; may be repeated",
      gather,
      [],
    )
    .option("--compare", "the configuration as it is beside what --set makes of it")
    .option(
      "--server <address>",
      "whose callers are judged, when it is not to be found out; may be repeated",
      gather,
      [],
    )
    .option("--source <address>", "all that is known of one source")
    .action((files: readonly string[], options: Options, command: Command) =>
      perform(command, () => judge(files, options, command)),
    );
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function judge(files: readonly string[], options: Options, command: Command): Promise<Outcome | Trouble> {
  const { config: file } = command.optsWithGlobals<{ config?: string }>();
  if (options.compare === true && options.set.length === 0) return nothingToCompare();
  const [{ loadConfig }, { Replay }, { addressesHere, readServer, siteOf }, { readInto }, { reportOf, showReport }] =
    await Promise.all([
      import("../../config/index.ts"),
      import("../../replay/index.ts"),
      import("../replay/site.ts"),
      import("../replay/read.ts"),
      import("../replay/report.ts"),
    ]);
  const changed = loadConfig(file, options.set);
  if (isTrouble(changed)) return changed;
  const present = options.compare === true ? loadConfig(file) : undefined;
  if (isTrouble(present)) return present;
  const servers = options.server.map(readServer);
  const wrong = servers.find((s) => isTrouble(s));
  if (isTrouble(wrong)) return wrong;
  const here = addressesHere();
  const named = servers.filter((s) => typeof s === "string");
  const siteFor = ({ config }: LoadedConfig) => siteOf(config, named, here);
  const sites = present === undefined ? ([siteFor(changed)] as const) : ([siteFor(present), siteFor(changed)] as const);
  const run = new Replay([...sites], here);
  for (const each of files) {
    const trouble = await readInto(run, each);
    if (isTrouble(trouble)) return trouble;
  }
  run.end();
  const report = reportOf(run, options.source);
  const isFound = run.trials.some((t) => t.count > 0);
  return { data: report, human: showReport(report, options.source), exit: isFound ? 1 : 0 };
}

function nothingToCompare(): Trouble {
  return trouble(
    "USAGE_COMPARE",
    "--compare shows what --set changes, and there is no --set",
    "Nothing was read.",
    `Say what is to be other: --set 'shield.scenarios.wrong-password.limits=["3 in 10 min"]'`,
  );
}
