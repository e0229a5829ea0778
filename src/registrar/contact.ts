import { addrParam, type NameAddr } from "../sip/index.ts";

/** RFC 3261 20.10, 20.19: what a malformed expiry means. */
export const MALFORMED_EXPIRES = 3_600;

/** Requested seconds of a contact; -1 when it says none. RFC 3261 20.10: malformed ones are 3600. */
export function expiresOf(contact: NameAddr): number {
  const raw = addrParam(contact, "expires");
  if (raw === undefined) return -1;
  let value = 0;
  for (let i = 0; i < raw.length; i++) {
    const digit = raw.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return MALFORMED_EXPIRES;
    value = value * 10 + digit;
  }
  return raw === "" || value >= 2 ** 32 ? MALFORMED_EXPIRES : value;
}

/** RFC 3261 20.10 `q` in thousandths. 1000 when it is absent or no qvalue: a phone that ranks nothing is reached first. */
export function qOf(contact: NameAddr): number {
  const raw = addrParam(contact, "q");
  if (raw === undefined || raw === "" || raw.length > 5) return 1_000;
  const whole = raw.charCodeAt(0) - 48;
  if (whole < 0 || whole > 1 || (raw.length > 1 && raw[1] !== ".")) return 1_000;
  let value = whole * 1_000;
  for (let i = 2, unit = 100; i < raw.length; i++, unit /= 10) {
    const digit = raw.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return 1_000;
    value += digit * unit;
  }
  return Math.min(value, 1_000);
}

/** Contact parameters as they were written, without `expires` and without line folding. */
export function keptParams(contact: NameAddr): string {
  const { params } = contact;
  if (params === "") return "";
  let kept = "";
  let start = 0;
  let quoted = false;
  for (let i = 1; i <= params.length; i++) {
    const c = i === params.length ? 59 : params.charCodeAt(i);
    if (quoted && c === 92 && i < params.length) i++;
    else if (c === 34) quoted = !quoted;
    else if ((c === 59 && !quoted) || i === params.length) {
      if (!isExpires(params, start + 1)) kept += params.slice(start, i);
      start = i;
    }
  }
  return unfold(kept);
}

/** RFC 3261 7.3.1: a folded line means the same with one space. What we keep must never carry a line end of its own. */
export function unfold(text: string): string {
  return text.includes("\r") || text.includes("\n") ? text.replace(/\s*[\r\n]+\s*/g, " ") : text;
}

/** True when the parameter that begins at `at` is named "expires". */
function isExpires(params: string, at: number): boolean {
  let start = at;
  while (params.charCodeAt(start) <= 32) start++;
  const after = params.charCodeAt(start + 7);
  if (after >= 0 && after !== 61 && after !== 59 && after > 32) return false;
  return params.slice(start, start + 7).toLowerCase() === "expires";
}
