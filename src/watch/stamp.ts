/** When a line was written, as if its clock were UTC's; undefined: it does not say. */
export interface Stamp {
  readonly at: number | undefined;
  /** Offset behind it and its space. */
  readonly end: number;
}

const DAY = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FULL = /\[?(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]? /y;
const SHORT = /\[?([A-Z][a-z][a-z]) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(\.\d{1,9})?\]? /y;

/** A stamp with the space behind it, in brackets or not; `end` is `from` when there is none. */
export function stampAt(line: string, from: number, before: number): Stamp {
  const full = matchAt(FULL, line, from);
  if (full !== null) {
    const [, year, month, day, h, m, s, part] = full;
    return { at: Date.UTC(+year, +month - 1, +day, +h, +m, +s) + milliseconds(part), end: from + full[0].length };
  }
  const short = matchAt(SHORT, line, from);
  const month = short === null ? -1 : MONTHS.indexOf(short[1]);
  if (short === null || month < 0) return { at: undefined, end: from };
  const [, , day, h, m, s, part] = short;
  return { at: withoutYear(month, [+day, +h, +m, +s], before) + milliseconds(part), end: from + short[0].length };
}

/** The latest such time that is not after `before`; a day more, for clocks of other time zones. */
export function withoutYear(month: number, [day, h, m, s]: readonly number[], before: number): number {
  const latest = before + DAY;
  const year = new Date(latest).getUTCFullYear();
  const at = Date.UTC(year, month, day, h, m, s);
  return at <= latest ? at : Date.UTC(year - 1, month, day, h, m, s);
}

/** `pattern` is sticky. */
export function matchAt(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

function milliseconds(part: string | undefined): number {
  return part === undefined ? 0 : Math.floor(Number(part) * 1_000);
}
