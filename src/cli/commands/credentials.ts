import { field, pairs, text } from "../print.ts";

/** What a phone has to be told; the password only where it was proposed here. */
export function credentials(data: unknown): string {
  const lines: [string, string][] = [
    ["user", text(data, "user")],
    ["domain", text(data, "domain")],
  ];
  if (field(data, "password") === undefined) return pairs(lines);
  lines.push(["password", `${text(data, "password")}   (shown this once: only its hashes are kept)`]);
  return pairs(lines);
}
