import { type Trouble, trouble } from "../base/index.ts";

/** An account of the operator's own. */
export interface OwnAccount {
  readonly user: string;
  /** "" when the list does not tell it. */
  readonly password: string;
  /** "" for that of the target. */
  readonly domain: string;
}

const MOST = 1_000;

/** Reads "user,password" lines; user may be "user@domain". Empty lines, "#" lines and a header line are passed over. */
export function readAccounts(text: string): readonly OwnAccount[] | Trouble {
  const accounts: OwnAccount[] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = i === 0 ? raw.replace(/^\uFEFF/, "") : raw;
    if (/^\s*(?:#|$)/.test(line) || (i === 0 && /^user\s*,\s*password\s*$/i.test(line))) continue;
    const comma = line.indexOf(",");
    const name = (comma < 0 ? line : line.slice(0, comma)).trim();
    // A name goes into a URI as it is, so it may hold what a URI may.
    if (!/^[\w.!~*'()&=+$;?/%-]+(?:@[\w.-]+)?$/.test(name)) return unreadable(i + 1);
    const [user = "", domain = ""] = name.split("@");
    accounts.push({ user, domain, password: comma < 0 ? "" : line.slice(comma + 1) });
    if (accounts.length > MOST) return tooMany();
  }
  return accounts.length === 0 ? unreadable(0) : accounts;
}

function unreadable(line: number): Trouble {
  const what = line === 0 ? "--accounts: the file names no account" : `--accounts: line ${line} is no user,password`;
  return trouble(
    "USAGE_ACCOUNTS",
    what,
    "Nothing was sent.",
    "Write one account a line, as in: alice-phone,her password",
  );
}

function tooMany(): Trouble {
  const what = `--accounts: more than ${MOST} accounts`;
  return trouble("USAGE_ACCOUNTS", what, "Nothing was sent.", "Divide the list: each file is a run of its own.");
}
