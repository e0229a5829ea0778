import type { Trouble } from "../base/index.ts";
import type { Output } from "./perform.ts";

/** Exit codes by the beginning of a trouble's code; anything else is a refusal: 1. */
const EXITS: readonly (readonly [string, number])[] = [
  ["USAGE", 2],
  ["CONFIG_", 2],
  ["DAEMON_", 3],
];

/** 1 findings or refusal, 2 usage or configuration, 3 daemon not reachable. */
export function exitOf(code: string): number {
  return EXITS.find(([start]) => code.startsWith(start))?.[1] ?? 1;
}

/** A trouble on stderr: what happened (each detail on a line), what is safe, what to run next; or one JSON object. */
export function troubleText(trouble: Trouble, output: Output, config: string | undefined): string {
  const next = asTyped(trouble.next, config);
  if (output === "json") return `${JSON.stringify({ ...trouble, next })}\n`;
  const details =
    trouble.details && trouble.details.length > 1 ? trouble.details.map((line) => `  ${line}\n`).join("") : "";
  return `rempart: ${trouble.what} [${trouble.code}]\n${details}safe: ${trouble.safe}\nnext: ${next}\n`;
}

/** A fault of our own, with all that helps to mend it. */
export function bugText(error: unknown, output: Output): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const what = "Rempart has met a fault of its own";
  const safe = "What is stored is whole; a running daemon goes on.";
  const next = "Run `rempart doctor`; if it finds nothing, report what is printed here.";
  if (output === "json") return `${JSON.stringify({ code: "INTERNAL", what, safe, next, stack })}\n`;
  return `rempart: ${what} [INTERNAL]\nsafe: ${safe}\nnext: ${next}\n${stack}\n`;
}

/** Commands in a text as this person has to type them: by the path they use, with the configuration they named. */
export function asTyped(text: string, config: string | undefined): string {
  const called = process.env.REMPART_CALLED ?? "rempart";
  const option = config === undefined ? "" : `--config ${quoted(config)} `;
  // Functions, since a "$" in a path means something in a text that is put in.
  const named = text.replace(/(?:bin\/)?\brempart (?=[a-z]+\b)/g, () => `${called} ${option}`);
  return named.replace(/(?:bin\/)?\brempart (?=--help)/g, () => `${called} `);
}

/** As a shell reads it back. */
export function quoted(path: string): string {
  return /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
