import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import { readText } from "./input.ts";

/**
 * Reads a password from stdin: all of it without its last line end, or, on a terminal, asked for twice and not shown.
 * Never from an argument: those can be read by everybody on the machine.
 */
export async function readPassword(name = "password"): Promise<string | Trouble> {
  if (!process.stdin.isTTY) {
    const read = await readText("-");
    return isTrouble(read) ? read : read.replace(/\r?\n$/, "");
  }
  const first = await askHidden(`${name[0].toUpperCase()}${name.slice(1)}: `);
  const second = first === undefined ? undefined : await askHidden("Again: ");
  if (first !== undefined && first === second) return first;
  const what = second === undefined ? `no ${name} was given` : "the two differ";
  const next = "Run the same again, or have one proposed: see rempart account --help";
  return trouble("USAGE", what, "No account was changed.", next);
}

/** One line from the terminal; undefined for Ctrl+C or Ctrl+D. */
async function askHidden(question: string): Promise<string | undefined> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    const ended = new Promise<undefined>((resolve) => line.once("close", () => resolve(undefined)));
    return await Promise.race([line.question(""), ended]);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return undefined;
    throw error;
  } finally {
    line.close();
    process.stderr.write("\n");
  }
}
