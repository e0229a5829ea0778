import { ANNA, BERT, DOMAIN, PBX, STRANGER } from "../src/edge/host.fixture.ts";
import type { Random } from "./mutate.ts";

/** Who sends to the edge, beside those of the fixture. */
export const SPARE = "10.0.0.12:5060";
export const STREAMER = "198.51.100.8:40002";
export const CARRIER = "198.51.100.65:5060";

/** Who speaks TCP. */
export const STREAMS = [BERT, STREAMER];
export const PARTIES = [PBX, SPARE, ANNA, BERT, STRANGER, STREAMER, CARRIER];
const HOSTS = new Set(PARTIES.map(hostOf));

export function hostOf(at: string): string {
  return at.slice(0, at.lastIndexOf(":"));
}

export function isInside(at: string): boolean {
  return at === PBX || at === SPARE;
}

/** Somebody of this play, at whichever port. */
export function isParty(at: string): boolean {
  return HOSTS.has(hostOf(at));
}

/** Nobody has a password or a contract with them. */
export function isStranger(at: string): boolean {
  return at === STRANGER || at === STREAMER;
}

/** The account of who is there; "" for none. */
export function userAt(at: string): string {
  return at === ANNA ? "anna" : at === BERT ? "bert" : "";
}

/** Only who is inside says these, so where they come out, the inside was told of. */
export const INNER = /10\.0\.0\.1[1-9]|10\.0\.0\.1:5070|inside-software/i;
/** Only who is not to be believed says this. */
export const SPOOFED = "spoofed.example";

/** What a party may write: the words above are kept for those who are meant by them. */
export function asWrittenBy(at: string, text: string): string {
  const trusted = isInside(at) || at === CARRIER;
  const honest = trusted ? text.replaceAll(SPOOFED, "trusted.example") : text;
  return isInside(at) ? honest : honest.replaceAll("10.0.0.1", "10.0.0.5").replace(/inside-software/gi, "software");
}

/** Header lines that a party may add to anything. */
export function extraLines(at: string, random: Random): string[] {
  const lines: string[] = [];
  if (isInside(at)) {
    lines.push(`Server: inside-software`, `User-Agent: inside-software`);
    if (random.below(4) === 0) lines.push('Warning: 399 10.0.0.11 "inside-software"');
    return lines;
  }
  if (random.below(3) === 0) lines.push(`P-Asserted-Identity: "Boss" <sip:boss@${SPOOFED}>`);
  if (random.below(6) === 0) lines.push(`Remote-Party-ID: <sip:boss@${SPOOFED}>;party=calling;screen=yes`);
  if (random.below(6) === 0) lines.push(`p-preferred-identity : <sip:boss@${SPOOFED}>`, "Privacy: id");
  return lines;
}

/** What is called. `known` are contacts of ours that a phone system was given. */
export function aTarget(random: Random, known: readonly string[]): string {
  if (known.length > 0 && random.below(4) === 0) return random.pick(known);
  return random.pick([
    `sip:anna@${DOMAIN}`,
    `sip:bert@${DOMAIN}`,
    `sip:0612345678@${DOMAIN}`,
    `sip:00447900123456@${DOMAIN}`,
    `sip:*1234*00447900123456@${DOMAIN}`,
    `sip:201@${DOMAIN}`,
    `sip:nobody@${DOMAIN}`,
    `sip:${DOMAIN}`,
    `sips:anna@${DOMAIN}`,
    "tel:+33612345678",
    "sip:anna@192.0.2.1",
    "sip:x@93.184.216.34",
    "sip:100@10.0.0.11",
    `sip:anna@${ANNA}`,
    "sip:x@unresolved.example",
  ]);
}
