import type { Fact } from "../../shield/index.ts";
import { count, table, text } from "../print.ts";
import type { Reading, Row } from "./reading.ts";

/** Addresses that people are shown, and characters of a line. */
const ADDRESSES = 20;
const LINE = 160;

/** A line of the log for people: its number, what was understood, and the line itself. */
export function rowText({ number, text: line, understood, facts }: Row): string {
  const head = String(number).padStart(7);
  const shown = text({ line: line.slice(0, LINE) }, "line");
  if (facts.length === 0) return `${head}  ${understood ? "no evidence" : "-"}\n         ${shown}\n`;
  return `${facts.map((fact) => `${head}  ${factText(fact)}\n`).join("")}         ${shown}\n`;
}

function factText(fact: Fact): string {
  const proof = fact.proved ? "proved" : "not proved";
  const about = [fact.account, fact.detail].filter((word) => word !== "").map((word) => text({ word }, "word"));
  return [fact.kind, fact.address, fact.transport, proof, ...about].join("  ");
}

/** The same for programs, one line. */
export function rowJson({ number, text: line, understood, facts }: Row): string {
  const short = facts.map(({ kind, address, transport, proved, account, detail }) => ({
    kind,
    address,
    transport,
    proved,
    account,
    detail,
  }));
  return `${JSON.stringify({ line: number, understood, facts: short, text: line })}\n`;
}

export interface Summary {
  readonly file: string;
  readonly format: string;
  readonly lines: number;
  readonly tooLong: number;
  readonly understood: number;
  readonly facts: number;
  readonly proved: number;
  readonly kinds: readonly { kind: string; facts: number; proved: number }[];
  readonly addresses: readonly { address: string; facts: number; proved: number }[];
  readonly elsewhere: number;
  /** Why nothing of it is evidence from some line on; empty: it is. */
  readonly exposed: string;
}

export function summaryOf(file: string, reading: Reading): Summary {
  const { format, lines, tooLong, understood, facts, proved, elsewhere, exposed } = reading;
  const kinds = [...reading.kinds].map(([kind, tally]) => ({ kind, ...tally }));
  const addresses = [...reading.addresses].map(([address, tally]) => ({ address, ...tally }));
  const most = (a: { facts: number }, b: { facts: number }): number => b.facts - a.facts;
  const sums = { file, format, lines, tooLong, understood, facts, proved };
  return { ...sums, kinds: kinds.sort(most), addresses: addresses.sort(most), elsewhere, exposed };
}

export function summaryText(s: Summary): string {
  const long = s.tooLong === 0 ? "" : `; ${count(s.tooLong, "more line")} over 8 KiB, passed over`;
  const parts = [
    `${s.file}: ${count(s.lines, "line")}${s.understood === 0 ? "" : ` of ${s.format}`}, ${s.understood} about callers${long}`,
    `${count(s.facts, "fact")}, ${s.proved} of them proved`,
  ];
  if (s.kinds.length > 0)
    parts.push(
      "",
      table(
        ["WHAT", "TIMES", "PROVED"],
        s.kinds.map((k) => [k.kind, String(k.facts), String(k.proved)]),
      ),
    );
  if (s.addresses.length > 0) {
    const rows = s.addresses.slice(0, ADDRESSES).map((a) => [a.address, String(a.facts), String(a.proved)]);
    parts.push("", table(["ADDRESS", "TIMES", "PROVED"], rows));
    const more = s.addresses.length - rows.length;
    if (more > 0) parts.push(`and ${more} more: -o json has them`);
  }
  if (s.exposed !== "")
    parts.push(
      "",
      `Callers can write whole lines into it, so nothing behind the first of them is evidence: ${s.exposed}.`,
    );
  if (s.understood === 0)
    parts.push("", "Nothing in it is about callers: docs/watch-regex.md says what may be missing.");
  return parts.join("\n");
}
