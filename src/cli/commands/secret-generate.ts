import type { Command } from "commander";
import { type Trouble, trouble } from "../../base/index.ts";
import { type Outcome, perform } from "../perform.ts";

/** Characters and words: the usual number, the least, the most. */
const CHARACTERS = { usual: 24, least: 16, most: 128, what: "characters" };
const WORDS = { usual: 8, least: 6, most: 32, what: "words" };

/** `rempart secret generate`: a password for a phone, a trunk or a manager user; it is kept nowhere. */
export function secretGenerate(parent: Command): void {
  parent
    .command("generate")
    .description("Print a strong password from the system's random source; it is kept nowhere")
    .option(
      "--length <n>",
      `characters (default: ${CHARACTERS.usual}), or words with --words (default: ${WORDS.usual})`,
    )
    .option("--words", "words that can be said over the phone")
    .action((options: { length?: string; words?: true }, command: Command) =>
      perform(command, () => generate(options.length, options.words === true)),
    );
}

async function generate(text: string | undefined, isWords: boolean): Promise<Outcome | Trouble> {
  const { usual, least, most, what } = isWords ? WORDS : CHARACTERS;
  const length = text === undefined ? usual : /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (length < least || length > most) {
    const found = `--length: found ${JSON.stringify(text)}, expected ${least} to ${most} ${what}`;
    return trouble("USAGE", found, "Nothing was made.", "Leave it out to have a length that is enough.");
  }
  const { randomSecret, randomWords } = await import("../secret.ts");
  const data = isWords ? randomWords(length) : randomSecret(length);
  return { data, human: data.secret };
}
