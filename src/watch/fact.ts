import { isInjectedUser, own, type TransportName } from "../base/index.ts";
import type { FactKind } from "../shield/index.ts";
import type { Tell } from "./reader.ts";

/** Of what a line says in a caller's words, no more is kept. */
export const MOST_TEXT = 96;

/** What one line says about a caller. The address is always one that the server wrote. */
export interface Seen {
  readonly kind: FactKind;
  readonly address: string;
  readonly transport: TransportName;
  /** Whoever did this receives at that address. */
  readonly proved: boolean;
  readonly account: string;
  readonly detail: string;
}

/** Tells of it; an account that is to do something where it is put into is told of besides. */
export function tellSeen(tell: Tell, seen: Seen, at: number, line: number | undefined): void {
  const account = own(seen.account.slice(0, MOST_TEXT));
  const about = { at, address: seen.address, transport: seen.transport, proved: seen.proved };
  const empty = { device: "", reference: "", message: "", times: 1 };
  tell({ ...about, ...empty, kind: seen.kind, account, detail: own(seen.detail.slice(0, MOST_TEXT)) }, line);
  const user = account.slice(0, account.includes("@") ? account.lastIndexOf("@") : account.length);
  if (seen.kind === "unknownUser" && isInjectedUser(user))
    tell({ ...about, ...empty, kind: "injection", account: "", detail: "account" }, line);
}

/** Lines of two sorts about one event: the second is told of no more. */
export class Pairs {
  readonly #open = new Map<string, { at: number; times: number }>();
  readonly #most: number;
  readonly #together: number;

  /** `most` addresses are kept; a second line comes within `together` ms. */
  constructor(most: number, together: number) {
    this.#most = most;
    this.#together = together;
  }

  /** The first line of a pair was told of. */
  first(address: string, at: number): void {
    const open = this.#open.get(address);
    const times = open !== undefined && at - open.at <= this.#together ? open.times + 1 : 1;
    this.#open.delete(address);
    if (this.#open.size >= this.#most) for (const oldest of this.#open.keys()) if (this.#open.delete(oldest)) break;
    this.#open.set(own(address), { at, times });
  }

  /** Was there a first line a moment ago? Any number of lines may follow it. */
  follows(address: string, at: number): boolean {
    const open = this.#open.get(address);
    return open !== undefined && at - open.at <= this.#together;
  }

  /** Is this the second line of a pair? */
  second(address: string, at: number): boolean {
    const open = this.#open.get(address);
    if (open === undefined) return false;
    if (at - open.at > this.#together || --open.times === 0) this.#open.delete(address);
    return at - open.at <= this.#together;
  }
}
