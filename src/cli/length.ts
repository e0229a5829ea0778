import { type Trouble, trouble } from "../base/index.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400 };

/** Reads "90 s", "10m", "1 h" or "7d" as seconds; USAGE_LENGTH when it is none. */
export function readLength(text: string): number | Trouble {
  const parts = /^(\d{1,6}) ?(s|min|m|h|d)$/.exec(text.trim());
  const seconds = parts === null ? 0 : Number(parts[1]) * UNITS[parts[2]];
  if (seconds > 0) return seconds;
  return trouble(
    "USAGE_LENGTH",
    `found "${text}", expected a length of time such as 30s, 10min, 1h or 7d`,
    "Nothing was changed.",
    "Say how long: 1h",
  );
}
