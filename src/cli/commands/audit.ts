import type { Command } from "commander";
import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Options } from "../audit/options.ts";
import { type Outcome, type Output, perform } from "../perform.ts";

/** `rempart audit [PATH]`: what is wrong with a phone system's configuration; reads alone. */
export function audit(parent: Command): Command {
  return parent
    .command("audit")
    .description("Look for what is wrong in the configuration of Asterisk, FreePBX or Kamailio; nothing is changed")
    .argument(
      "[path]",
      "a folder, a tar file of it, or one file (default: /etc/asterisk, with --kamailio /etc/kamailio)",
    )
    .option(
      "--freepbx",
      "FreePBX, too: its modules, its firewall, who reaches its administration (found by itself where it wrote the files)",
    )
    .option("--kamailio", "Kamailio alone")
    .option(
      "--asterisk-version <version>",
      "which Asterisk it is, such as 22.5.1 (default: what asterisk -V says, for /etc/asterisk)",
    )
    .option("--only <rules>", "these rules alone, by their ids, parted by commas")
    .option(
      "--fail-on <severity>",
      "exit 1 from this severity on: critical, high, medium, low, note, or never (default: low)",
    )
    .option("--baseline <file>", "show only what is new since this file was written")
    .option("--write-baseline <file>", "write down what was found, for --baseline")
    .option("--fix <file>", "write the proposed changes as a patch; it holds lines of the files")
    .option("--report <file>", "write what is shown into a file that only you may read")
    .helpCommand(false)
    .action((path: string | undefined, options: Options, command: Command) =>
      perform(command, (context) => examine(path, options, context.output), undefined, [
        "human",
        "json",
        "sarif",
        "html",
      ]),
    );
}

async function examine(path: string | undefined, options: Options, output: Output): Promise<Outcome | Trouble> {
  const [{ readOptions }, { readSource, liveFolder }, { auditSource }, { outcomeOf }] = await Promise.all([
    import("../audit/options.ts"),
    import("../audit/source.ts"),
    import("../audit/run.ts"),
    import("../audit/outcome.ts"),
  ]);
  const read = await readOptions(path, options);
  if (isTrouble(read)) return read;
  const source = await readSource(path ?? liveFolder(options.kamailio === true ? "kamailio" : "asterisk"));
  if (isTrouble(source)) return source;
  const audited = await auditSource(source, {
    kamailio: options.kamailio === true,
    freepbx: options.freepbx === true,
    version: options.asteriskVersion,
    now: Date.now(),
    root: "/",
  });
  if (isTrouble(audited)) return audited;
  return outcomeOf(audited, source.subject, options, read, output);
}
