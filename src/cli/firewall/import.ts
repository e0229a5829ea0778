import { readFileSync, statSync } from "node:fs";
import { type Trouble, trouble } from "../../base/index.ts";
import { type Compared, type Comparison, compareSaved, type Needs } from "../../firewall/index.ts";

/** More is no ruleset that people wrote. */
const BYTES = 16 << 20;

/** Holds a file of iptables-save against the plan. */
export function importSaved(file: string, needs: Needs): Comparison | Trouble {
  const text = readSome(file);
  if (typeof text !== "string") return text;
  return compareSaved(text, needs) ?? refused(file, "it holds no table: expected what iptables-save prints");
}

function readSome(file: string): string | Trouble {
  try {
    if (statSync(file).size > BYTES) return refused(file, "it has more than 16 MiB");
    return readFileSync(file, "utf8");
  } catch (error) {
    return refused(file, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
}

function refused(file: string, why: string): Trouble {
  return trouble(
    "FIREWALL_IMPORT",
    `${file}: ${why}`,
    "Nothing was changed.",
    "Make it as root: iptables-save > rules.txt, then: rempart firewall plan --import rules.txt",
  );
}

const KINDS: Readonly<Record<Compared["kind"], string>> = {
  covered: "covered",
  cut: "CUT OFF",
  opened: "OPENED",
  unclear: "UNCLEAR",
};

/** For people: a line each. */
export function comparisonText(file: string, { items, beyond, notes }: Comparison): string {
  const lines = items.map((i) => `  ${KINDS[i.kind].padEnd(8)} line ${String(i.line).padEnd(5)} ${i.what}`);
  const more = beyond.map((each) => `  beyond   the plan opens ${each}, the file does not`);
  return [`Compared with ${file}:`, ...lines, ...more, ...notes.map((n) => `  note     ${n}`)].join("\n");
}
