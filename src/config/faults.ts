import type { core } from "zod/mini";

/** One thing that is wrong in a configuration: `path` as in `sip.listen[0].transport`. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly found: string;
  readonly expected: string;
}

/** A path in the words of the file: keys with dots, list places in brackets from 0. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) text += typeof part === "number" ? `[${part}]` : `${text === "" ? "" : "."}${String(part)}`;
  return text;
}

/** What stands at a place, short and on one line. */
export function foundText(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "a table";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** What the schema found wrong in `raw`, one fault each. */
export function schemaFaults(issues: readonly core.$ZodIssue[], raw: unknown): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    if (issue.code === "unrecognized_keys") {
      const found = "an unknown key";
      return issue.keys.map((key) => ({ path: [...issue.path, key], found, expected: issue.message }));
    }
    const value = at(raw, issue.path);
    // A URL of a database may hold a password, wherever in it the fault is.
    const secret = ["accounts", "accounts.url"].includes(pathText(issue.path)) && typeof value === "string";
    return [{ path: issue.path, found: secret ? "another text" : foundText(value), expected: issue.message }];
  });
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
