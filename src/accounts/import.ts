import { type Trouble, trouble } from "../base/index.ts";
import type { AccountHashes, StoredAccount } from "../store/index.ts";
import { type CsvFault, type Field, parseCsv } from "./csv.ts";
import { domainFault, hashPassword, passwordFault, userFault } from "./rules.ts";
import type { AccountPolicy } from "./types.ts";
import { weakPassword, weakUser } from "./weak.ts";

const HEADERS = ["user,domain,password", "user,domain,ha1_md5,ha1_sha256"];
/** Lines of faults that are told; a wrong separator would else tell of every row. */
const TOLD = 20;

/** What stands in a file: the accounts, and for each the field of its user name, for what is found out later. */
export interface ImportFile {
  readonly accounts: StoredAccount[];
  readonly places: readonly Field[];
}

/** Reads and judges a whole file; IMPORT_INVALID with a line for each fault, and then nothing of it is to be stored. */
export function readImport(csv: string, allowWeak: boolean, policy: AccountPolicy): ImportFile | Trouble {
  const rows = parseCsv(csv);
  if (!Array.isArray(rows)) return importTrouble([rows]);
  const header = rows.shift();
  const titles = header?.map((field) => field.text.trim().toLowerCase()).join(",") ?? "";
  if (!HEADERS.includes(titles)) {
    const found = header === undefined ? "an empty file" : titlesFound(header);
    return importTrouble([
      { line: header?.[0].line ?? 1, column: 1, what: `found ${found}, expected ${HEADERS.join(" or ")}` },
    ]);
  }
  const names = titles.split(",");
  const faults: CsvFault[] = [];
  const accounts: StoredAccount[] = [];
  const places: Field[] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const before = faults.length;
    const account = readRow(row, names, allowWeak, policy, faults);
    if (!account || faults.length > before) continue;
    const name = `${account.user}@${account.domain}`;
    const first = seen.get(name);
    if (first !== undefined) faults.push(at(row[0], "user", `${name} is in line ${first} already`));
    seen.set(name, row[0].line);
    accounts.push(account);
    places.push(row[0]);
  }
  return faults.length > 0 ? importTrouble(faults) : { accounts, places };
}

/** A file without a header has an account there, with its password: its first value alone is told. */
function titlesFound([first, ...rest]: readonly Field[]): string {
  const isTitle = /^user\b/i.test(first.text.trim());
  const cut = isTitle ? first.text : first.text.split(/[;\t|:]/)[0];
  const more = rest.length > 0 || cut !== first.text ? " and more" : "";
  return `${JSON.stringify(cut.slice(0, 60))}${more}`;
}

/** IMPORT_INVALID for faults that are known by their places. */
export function importTrouble(faults: readonly CsvFault[]): Trouble {
  const lines = faults.slice(0, TOLD).map((f) => `line ${f.line}, column ${f.column}: ${f.what}`);
  if (faults.length > TOLD) lines.push(`and ${faults.length - TOLD} more`);
  return trouble(
    "IMPORT_INVALID",
    faults.length === 1 ? lines[0] : `the file has ${faults.length} faults`,
    "No account of the file was added.",
    "Correct the file and run the same again.",
    lines,
  );
}

/** A fault of one field, told with the name of its column. */
export function at(field: Field, name: string, what: string): CsvFault {
  return { line: field.line, column: field.column, what: `${name}: ${what}` };
}

function readRow(
  row: readonly Field[],
  names: readonly string[],
  allowWeak: boolean,
  policy: AccountPolicy,
  faults: CsvFault[],
): StoredAccount | undefined {
  if (row.length !== names.length) {
    const odd = row[Math.min(row.length, names.length + 1) - 1];
    const what = `found ${row.length} values, expected ${names.length} (${names.join(",")})`;
    faults.push({ line: row[0].line, column: odd.column, what });
    return undefined;
  }
  const note = (i: number, what: string | undefined): boolean => {
    if (what !== undefined) faults.push(at(row[i], names[i], what));
    return what !== undefined;
  };
  const user = row[0].text;
  const domain = row[1].text.toLowerCase();
  const badUser = note(0, userFault(user)) || note(0, allowWeak ? undefined : weakUser(user));
  if (note(1, domainFault(domain, policy)) || badUser) return undefined;
  const realm = policy.realmOf(domain);
  const ha1 = names.length === 3 ? hashesOf(row[2].text, user, realm, allowWeak, policy, note) : readHashes(row, note);
  return ha1 && { user, domain, realm, ha1, created: policy.now(), changed: policy.now() };
}

type Note = (i: number, what: string | undefined) => boolean;

function hashesOf(
  password: string,
  user: string,
  realm: string,
  allowWeak: boolean,
  policy: AccountPolicy,
  note: Note,
): AccountHashes | undefined {
  const bad = note(2, passwordFault(password)) || note(2, allowWeak ? undefined : weakPassword(password, user));
  return bad ? undefined : hashPassword(user, realm, password, policy);
}

function readHashes(row: readonly Field[], note: Note): AccountHashes | undefined {
  const [md5, sha256] = [row[2].text.toLowerCase(), row[3].text.toLowerCase()];
  const badMd5 = note(2, /^[0-9a-f]{32}$/.test(md5) ? undefined : "found no MD5 hash, expected 32 hexadecimal digits");
  const badSha = note(
    3,
    /^[0-9a-f]{64}$/.test(sha256) ? undefined : "found no SHA-256 hash, expected 64 hexadecimal digits",
  );
  return badMd5 || badSha ? undefined : { md5, sha256 };
}
