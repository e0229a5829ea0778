import type { Fact } from "../../src/shield/index.ts";

/** A fact as the corpus writes it: kind, address, transport, "proved", and the account or what was seen. */
export function factLine(fact: Fact): string {
  const about = fact.account === "" ? fact.detail : fact.account;
  return `${fact.kind} ${fact.address} ${fact.transport}${fact.proved ? " proved" : ""} ${about}`.trimEnd();
}
