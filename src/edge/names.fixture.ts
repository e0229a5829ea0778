import assert from "node:assert/strict";
import type { DnsAnswer, DnsQuestion, Resolver } from "../ports/index.ts";
import {
  ANNA,
  BERT,
  credentials,
  DOMAIN,
  newScene,
  PBX,
  type RequestParts,
  requestText,
  type Scene,
  type SceneOptions,
} from "./host.fixture.ts";

export const FAR = "198.51.100.99";
export const OTHER = "198.51.100.98";
export const URI = "sip:x@far.example";

/** Answers only when it is told to. */
export interface Zone extends Resolver {
  readonly asked: string[];
  /** Answers all that is asked, and what is asked then. */
  answer(): void;
}

export type Records = Readonly<Record<string, DnsAnswer>>;

function newZone(records: Records): Zone {
  const open: [DnsQuestion, (answer: DnsAnswer) => void][] = [];
  const asked: string[] = [];
  return {
    asked,
    ask(question, done) {
      asked.push(`${question.type} ${question.name}`);
      open.push([question, done]);
    },
    answer() {
      while (open.length > 0) {
        for (const [{ type, name }, done] of open.splice(0)) done(records[`${type} ${name}`] ?? { kind: "none" });
      }
    },
    close() {
      for (const [, done] of open.splice(0)) done({ kind: "failed" });
    },
  };
}

export const a = (...addresses: string[]): DnsAnswer => ({ kind: "addresses", addresses, ttl: 60 });
export const at = (...addresses: string[]): Records => ({ "A far.example": a(...addresses) });

export const USUAL: SceneOptions = {
  users: ["anna", "bert"],
  bound: [["bert", BERT]],
  backends: [["pbx", PBX]],
  trunks: [{ name: "carrier", addresses: ["198.51.100.0/28"], transport: "", fromDomain: "" }],
};

export function scene(records: Records, more: Partial<SceneOptions> = {}): Scene & { zone: Zone } {
  const zone = newZone(records);
  const dial = { allowForeignDomains: true, allowAnonymous: false, ...more.dial };
  return { ...newScene({ ...USUAL, ...more, resolver: zone, dial }), zone };
}

/** Anna's INVITE with her password, as text; it is not sent. */
export function proved(s: Scene, uri: string, callId = "call", more: Partial<RequestParts> = {}): string {
  const from = `<sip:anna@${DOMAIN}>;tag=a`;
  const parts = { method: "INVITE", uri, at: ANNA, from, to: `<${uri}>`, callId, ...more };
  s.receive(ANNA, requestText(parts));
  const challenge = s.heard(ANNA).find((m) => m.status === 407);
  assert.ok(challenge, "asked for the password");
  return requestText({ ...parts, cseq: 2, lines: [...(more.lines ?? []), credentials(challenge, "anna", uri)] });
}

/** Time for what waits to be looked at again. */
export const settle = (s: Scene & { zone: Zone }): void => {
  s.zone.answer();
  s.pass(20);
};
export const statuses = (s: Scene, who = ANNA): number[] => s.heard(who).map((m) => m.status);
