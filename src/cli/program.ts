import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { trouble } from "../base/index.ts";
import { type Console, type Output, refuse } from "./perform.ts";
import { BRANCHES } from "./tree.ts";

/** Reads the words after the program's name, and does what they say. */
export async function rempart(words: readonly string[], console: Console): Promise<void> {
  const program = programFor(console);
  try {
    await addCommands(program, words);
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) misused(program, error, words, console);
  }
}

function programFor(console: Console): Command {
  return new Command("rempart")
    .description("The public face of a phone system: a SIP edge that authenticates and routes")
    .version(version(), "--version", "print the version")
    .option(
      "--config <file>",
      "configuration file (default: rempart.toml beside the program, else /etc/rempart/rempart.toml)",
    )
    .addOption(
      new Option("-o, --output <form>", "form of what is printed; sarif and html for what finds something")
        .choices(["human", "json", "sarif", "html"])
        .default("human"),
    )
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({ writeOut: console.out, writeErr: () => {} })
    .exitOverride()
    .setOptionValue("console", console);
}

/** Those that the first word asks for; without one that is known, all of them: for the help, and for what was meant. */
async function addCommands(program: Command, words: readonly string[]): Promise<void> {
  const [first = ""] = program.parseOptions([...words]).operands;
  const wanted = Object.hasOwn(BRANCHES, first) ? [BRANCHES[first]] : Object.values(BRANCHES);
  // One after the other: the help has their order.
  for (const add of wanted) await add(program);
}

/** What commander calls an error is told like any other trouble. */
function misused(program: Command, error: CommanderError, words: readonly string[], console: Console): void {
  const json = words.some((word, i) => word === "-ojson" || word === "--output=json" || (word === "json" && i > 0));
  const output: Output = json ? "json" : "human";
  // A command without the word that has to follow it: its help is the answer.
  const bare = error.code === "commander.help";
  const what = bare ? "a command is missing" : error.message.replace(/^error: /, "").replaceAll("\n", " ");
  if (bare && output === "human") console.err(`${helpFor(program, words)}\n`);
  refuse(trouble("USAGE", what, "Nothing was changed.", "See what there is: rempart --help"), { output, console });
}

function helpFor(program: Command, words: readonly string[]): string {
  return (program.commands.find((c) => words.includes(c.name())) ?? program).helpInformation();
}

function version(): string {
  const about: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return about.version;
}
