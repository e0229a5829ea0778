import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import { type Asked, type Fetched, fetchList } from "./fetch.ts";
import { type FetchLimits, LIST_LIMITS } from "./limits.ts";
import { apibanAddresses, jsonOf } from "./parse.ts";

/** An address stays listed there for so long unless it is seen again, ms. */
const LISTED = 7 * 86_400_000;
/** Pages at a time: the service answers 11 requests in two minutes. */
const PAGES = 10;
/** Where its list begins. */
const BEGINNING = "100";

/** What was got so far: the list as plain text, "address milliseconds" a line, and where to go on. */
export interface ApibanState {
  readonly text: string;
  readonly cursor: string;
}

/** What was asked now; `more`: there are further pages. */
export interface ApibanResult extends ApibanState {
  readonly more: boolean;
}

/**
 * Goes on where the last time ended: each page is 250 addresses and the ID of the next. What is not seen again falls out after 7 days, as
 * there. A limit on requests that is met in the middle keeps what came before it.
 */
export async function fetchApiban(
  asked: Omit<Asked, "body">,
  before: ApibanState,
  now: number,
  limits: FetchLimits,
): Promise<ApibanResult | Trouble> {
  const seen = readSeen(before.text, now);
  let cursor = before.cursor === "" ? BEGINNING : before.cursor;
  for (let page = 0; page < PAGES; page++) {
    const body = JSON.stringify({ set: "sip", id: cursor });
    const answer = await fetchList({ ...asked, body }, limits);
    const told = isTrouble(answer) ? answer : pageOf(answer);
    if (isTrouble(told)) {
      if (page === 0) return told;
      return { text: writeSeen(seen), cursor, more: true };
    }
    if (told === "end") return { text: writeSeen(seen), cursor, more: false };
    for (const address of told.addresses) if (seen.size < LIST_LIMITS.entries) seen.set(address, now);
    // A page that leads to itself would be asked for ever.
    if (told.id === cursor) return { text: writeSeen(seen), cursor, more: false };
    cursor = told.id;
  }
  return { text: writeSeen(seen), cursor, more: true };
}

/** One answer: a page, the end of the list, or what the service has against us. */
export function pageOf({
  status,
  body,
}: Pick<Fetched, "status" | "body">): { readonly addresses: readonly string[]; readonly id: string } | "end" | Trouble {
  const page = jsonOf(body);
  const id: unknown = typeof page === "object" && page !== null ? Reflect.get(page, "ID") : undefined;
  if (id === "none") return "end";
  const addresses = apibanAddresses(body);
  if (status !== 200 || typeof id !== "string" || !/^\w{1,64}$/.test(id) || addresses === undefined) {
    return trouble(
      "LIST_INVALID",
      `the answer (${status}) is no page of APIBAN: ${JSON.stringify(body.slice(0, 80))}`,
      "the list in force stays in force",
      "look at its `url` and `header_file`, then `rempart lists refresh`",
    );
  }
  return { addresses: addresses.filter((a) => a.length <= 64 && !/\s/.test(a)), id };
}

function readSeen(text: string, now: number): Map<string, number> {
  const seen = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [address, at] = line.split(" ");
    if (address !== "" && now - Number(at) < LISTED) seen.set(address, Number(at));
  }
  return seen;
}

function writeSeen(seen: ReadonlyMap<string, number>): string {
  return [...seen].map(([address, at]) => `${address} ${at}`).join("\n");
}
