/** "22.1.0" to numbers; undefined where there are none. "certified-18.9-cert5" is 18.9. */
export function versionOf(text: string | undefined): readonly number[] | undefined {
  const numbers = /(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?/.exec(text ?? "");
  return numbers ? numbers.slice(1).map((n) => Number(n ?? 0)) : undefined;
}

export function isBefore(version: readonly number[], other: readonly number[]): boolean {
  for (let i = 0; i < other.length; i++) {
    if ((version[i] ?? 0) !== other[i]) return (version[i] ?? 0) < other[i];
  }
  return false;
}
