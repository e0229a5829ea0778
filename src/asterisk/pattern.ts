/** What one place of an extension's pattern stands for. */
const CLASSES: Readonly<Record<string, string>> = { x: "0123456789", z: "123456789", n: "23456789" };

/** Whether a number is what an extension of the dialplan stands for: a literal, or a pattern behind `_`. */
export function matchesPattern(pattern: string, number: string): boolean {
  if (!pattern.startsWith("_")) return pattern === number;
  let at = 0;
  for (let p = 1; p < pattern.length; ) {
    const c = pattern[p];
    // pbx.c: "." is one character or more, "!" none or more; what stands behind them is not looked at.
    if (c === ".") return at < number.length;
    if (c === "!") return true;
    const { set, next } = placeAt(pattern, p);
    p = next;
    if (set === "") continue;
    if (at >= number.length || !set.includes(number[at])) return false;
    at++;
  }
  return at === number.length;
}

/** Whether it takes more characters than it names: the caller may send what a dial string gives a meaning to. */
export function openEnded(pattern: string): boolean {
  return pattern.startsWith("_") && /[.!]/.test(withoutClasses(pattern));
}

/** How many characters it takes, at least. */
export function patternLength(pattern: string): number {
  if (!pattern.startsWith("_")) return pattern.length;
  const places = withoutClasses(pattern).slice(1);
  const open = places.search(/[.!]/);
  const fixed = (open < 0 ? places : places.slice(0, open)).replaceAll("-", "").length;
  return places[open] === "." ? fixed + 1 : fixed;
}

function withoutClasses(pattern: string): string {
  return pattern.replace(/\[[^\]]*\]/g, "x");
}

/** The characters that one place takes ("" for a dash, which is there to be read), and where the next place begins. */
function placeAt(pattern: string, p: number): { readonly set: string; readonly next: number } {
  const c = pattern[p];
  if (c === "-") return { set: "", next: p + 1 };
  const close = c === "[" ? pattern.indexOf("]", p) : -1;
  if (close < 0) return { set: CLASSES[c.toLowerCase()] ?? c, next: p + 1 };
  let set = "";
  for (let i = p + 1; i < close; i++) {
    const last = pattern[i + 1] === "-" && i + 2 < close ? pattern.charCodeAt(i + 2) : -1;
    if (last < 0) set += pattern[i];
    else {
      for (let code = pattern.charCodeAt(i); code <= last && code < 256; code++) set += String.fromCharCode(code);
      i += 2;
    }
  }
  return { set, next: close + 1 };
}
