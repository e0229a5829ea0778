/**
 * glob(7) without braces. By hand, since a pattern of somebody else's with many stars would keep a regular expression busy for years: here
 * the work is at most the product of both lengths.
 */
export function fits(name: string, pattern: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let [at, p] = [0, 0];
  // Where to go on when what stands behind the last star does not fit: one character later.
  let [star, from] = [-1, 0];
  while (at < name.length) {
    const length = pattern[p] === "*" ? 0 : oneFits(name[at], pattern, p);
    if (length > 0) {
      at++;
      p += length;
    } else if (pattern[p] === "*") {
      star = ++p;
      from = at;
    } else if (star >= 0) {
      at = ++from;
      p = star;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Characters of the pattern at `p` that stand for `c`; 0 when they do not. */
function oneFits(c: string, pattern: string, p: number): number {
  if (pattern[p] === "?") return 1;
  const close = pattern[p] === "[" ? pattern.indexOf("]", p + 2) : -1;
  if (close < 0) return pattern[p] === c ? 1 : 0;
  const not = pattern[p + 1] === "!" || pattern[p + 1] === "^";
  let found = false;
  for (let i = p + (not ? 2 : 1); i < close; i++) {
    const isRange = pattern[i + 1] === "-" && i + 2 < close;
    if (c >= pattern[i] && c <= pattern[isRange ? i + 2 : i]) found = true;
    if (isRange) i += 2;
  }
  return found === not ? 0 : close + 1 - p;
}
