import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { Config, LoadedConfig } from "../config/index.ts";
import { bugText, exitOf, troubleText } from "./trouble.ts";

/** What a command found or did. */
export interface Outcome {
  /** For `-o json`; undefined: all has been printed already. */
  readonly data: unknown;
  /** For people; without a line end. Empty: nothing is printed. */
  readonly human: string;
  /** 0 unless told otherwise. */
  readonly exit?: number;
}

/** What is printed; the last two are for commands that find something alone. */
export type Output = "human" | "json" | "sarif" | "html";

/** What every command is given: the configuration, read when it is asked for. */
export interface Context {
  readonly output: Output;
  load(): Promise<LoadedConfig | Trouble>;
  config(): Promise<Config | Trouble>;
}

/** Where a command prints and leaves its exit code: the process, unless the caller of the program brings another. */
export interface Console {
  out(text: string): void;
  err(text: string): void;
  exit(code: number): void;
}

/** Options that go with every command. */
interface Globals {
  readonly config?: string;
  readonly output: Output;
  /** Set by the program itself, before it reads the words. */
  readonly console: Console;
}

/**
 * Runs one command: prints what came of it (data on stdout, troubles on stderr) and sets the exit code. `exit` gives that of
 * a trouble's code where a command has rules of its own, `forms` are those that it can print.
 */
export async function perform(
  command: Command,
  work: (context: Context) => Promise<Outcome | Trouble>,
  exit = exitOf,
  forms: readonly Output[] = ["human", "json"],
): Promise<void> {
  const globals = command.optsWithGlobals<Globals & Record<string, unknown>>();
  if (!forms.includes(globals.output)) return refuse(noForm(globals.output, forms), globals);
  try {
    const result = await work(contextOf(globals));
    if (isTrouble(result)) refuse(result, globals, exit);
    else show(result, globals);
  } catch (error) {
    globals.console.err(bugText(error, globals.output));
    globals.console.exit(1);
  }
}

/** Tells a trouble and sets the exit code that belongs to it. */
export function refuse(trouble: Trouble, globals: Globals, exit = exitOf): void {
  globals.console.err(troubleText(trouble, globals.output, globals.config));
  globals.console.exit(exit(trouble.code));
}

function noForm(output: Output, forms: readonly Output[]): Trouble {
  const what = `-o ${output}: this command prints ${forms.join(" or ")}`;
  return trouble("USAGE", what, "Nothing was changed.", "Run the same with -o json");
}

function show(outcome: Outcome, { output, console }: Globals): void {
  const text = output === "json" ? (JSON.stringify(outcome.data, null, 2) ?? "") : outcome.human;
  if (text !== "") console.out(`${text}\n`);
  console.exit(outcome.exit ?? 0);
}

function contextOf(globals: Globals): Context {
  const load = async (): Promise<LoadedConfig | Trouble> => {
    const { loadConfig } = await import("../config/index.ts");
    return loadConfig(globals.config);
  };
  return {
    output: globals.output,
    load,
    config: async () => {
      const loaded = await load();
      return isTrouble(loaded) ? loaded : loaded.config;
    },
  };
}
