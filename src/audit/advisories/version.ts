/** A version of Asterisk, of FreePBX or of one of its modules. */
export interface Version {
  readonly numbers: readonly number[];
  /** The certified branches count their own releases: 18.9-cert14 is 14. Undefined for others. */
  readonly certified: number | undefined;
  /** A release candidate or beta: before the release of that number. */
  readonly isEarly: boolean;
  /** Built by a distribution, which mends without changing these numbers. */
  readonly isRepackaged: boolean;
}

/** What `asterisk -V` says, what a package is called, what a person types; undefined where there is no version in it. */
export function readVersion(text: string): Version | undefined {
  if (text.length > 200) return undefined;
  const [, digits, early, cert] =
    /(\d{1,5}(?:\.\d{1,6}){1,4})(-?(?:rc|beta|alpha|pre)\d*)?(?:-?cert(\d{1,3}))?/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const certEarly = /cert\d{1,3}-(?:rc|pre)\d*/i.test(text);
  return {
    numbers: digits.split(".").map(Number),
    certified: cert === undefined ? undefined : Number(cert),
    isEarly: early !== undefined || certEarly,
    isRepackaged: /dfsg|ubuntu|debian|deb\d|build\d|\bel\d|\.fc\d/i.test(text),
  };
}

/** The releases that are mended together: "22", "18.9-cert". */
export function lineOf({ numbers, certified }: Version): string {
  return certified === undefined ? String(numbers[0]) : `${numbers[0]}.${numbers[1] ?? 0}-cert`;
}

/** Below 0: `a` came before `b`. Only versions of one line can be told apart. */
export function compareVersions(a: Version, b: Version): number {
  if (a.certified !== undefined && b.certified !== undefined && a.certified !== b.certified) {
    return a.certified - b.certified;
  }
  for (let i = 0; i < Math.max(a.numbers.length, b.numbers.length); i++) {
    const difference = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(b.isEarly) - Number(a.isEarly);
}

/** As people write it. */
export function versionText({ numbers, certified, isEarly }: Version): string {
  return `${numbers.join(".")}${certified === undefined ? "" : `-cert${certified}`}${isEarly ? " (early)" : ""}`;
}
