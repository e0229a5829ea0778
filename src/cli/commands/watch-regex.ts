import { setFlagsFromString } from "node:v8";
import { type Command, Option } from "commander";
import { isTrouble, type Trouble } from "../../base/index.ts";
import { type Console, type Outcome, type Output, perform } from "../perform.ts";

interface Options {
  readonly format: string;
  readonly show?: "all" | "understood" | "missed" | "summary";
}

/** Characters that are printed at once. */
const CHUNK = 65_536;

/** `rempart watch regex FILE`: what is understood of each line of a log. */
export function watchRegex(parent: Command): void {
  parent
    .command("regex")
    .description("What is understood of each line of a log: who did what, and whether it is proved")
    .argument("<file>", "a log, packed by gzip or not; - for stdin")
    // The names stand in one table, which is not loaded for the help.
    .addOption(new Option("--format <format>", "who wrote it: asterisk, freeswitch, kamailio or auto").default("auto"))
    .addOption(
      new Option("--show <lines>", "lines that are shown; as JSON one object a line").choices([
        "all",
        "understood",
        "missed",
        "summary",
      ]),
    )
    .action((file: string, options: Options, command: Command) =>
      perform(command, ({ output }) => judge(file, options, output, command.optsWithGlobals<{ console: Console }>())),
    );
}

async function judge(
  file: string,
  options: Options,
  output: Output,
  { console }: { readonly console: Console },
): Promise<Outcome | Trouble> {
  const [{ LOG_FORMATS }, { Reading }, { readPieces, writtenBefore }, show] = await Promise.all([
    import("../../watch/index.ts"),
    import("../regex/reading.ts"),
    import("../regex/read.ts"),
    import("../regex/show.ts"),
  ]);
  const { format, show: wanted = output === "json" ? "summary" : "all" } = options;
  if (format !== "auto" && !LOG_FORMATS.includes(format)) return unknownFormat(format, LOG_FORMATS);
  let text = "";
  const print = (more: string): void => {
    text += more;
    if (text.length < CHUNK) return;
    console.out(text);
    text = "";
  };
  const rowOf = output === "json" ? show.rowJson : show.rowText;
  const isShown = (understood: boolean): boolean => wanted === "all" || (wanted === "understood") === understood;
  // V8's last compiler costs more than it gains where a log is read once: a quarter of 200,000 lines, measured. A large log gets there all the same.
  setFlagsFromString("--invocation-count-for-turbofan=1000000");
  const before = await writtenBefore(file);
  const reading = new Reading(
    format,
    before,
    wanted === "summary" ? undefined : (row) => (isShown(row.understood) ? print(rowOf(row)) : undefined),
  );
  const failed = await readPieces(file, (piece) => reading.push(piece));
  if (isTrouble(failed)) return failed;
  reading.end();
  if (text !== "") console.out(text);
  const summary = show.summaryOf(file, reading);
  const exit = summary.understood === 0 ? 1 : 0;
  // After lines of JSON, one more object would be another sort of line.
  if (output === "json" && wanted !== "summary") return { data: undefined, human: "", exit };
  return { data: summary, human: `${wanted === "summary" ? "" : "\n"}${show.summaryText(summary)}`, exit };
}

function unknownFormat(format: string, formats: readonly string[]): Trouble {
  return {
    code: "USAGE_FORMAT",
    what: `no log is read as ${format}`,
    safe: "Nothing was read.",
    next: `Say one of ${formats.join(", ")}, or auto: rempart watch regex FILE --format auto`,
  };
}
