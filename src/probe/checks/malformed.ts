import type { Rule } from "../../findings/index.ts";
import { ask, domainOf, isAlive } from "../ask.ts";
import type { Check } from "../check.ts";
import { pause } from "../pace.ts";
import { shown } from "../proof.ts";
import { sentBy, token } from "../request.ts";
import type { Line, Session } from "../session.ts";

const rule: Rule = {
  id: "malformed-silence",
  severity: "high",
  title: "A broken message silences it",
  why: "One packet from anywhere, with a forged source if need be, ends all calls.",
  fix: "Update it: this is a fault of the program, not of its configuration.",
  see: ["asterisk-advisory", "asterisk-unsupported", "Rempart passes no broken message on"],
};

/** What a message is made of. */
interface Parts {
  readonly uri: string;
  readonly via: string;
  readonly from: string;
  readonly to: string;
  readonly id: string;
}

type Make = (p: Parts) => string;

const basic = (p: Parts, cseq = "1 OPTIONS"): string =>
  `From: ${p.from}\r\nTo: ${p.to}\r\nCall-ID: ${p.id}\r\nCSeq: ${cseq}\r\nMax-Forwards: 70\r\n`;

/**
 * Shapes of RFC 4475, all of them as OPTIONS: nothing rings and nothing is registered, whoever takes them. Few enough that
 * what counts broken messages may let them pass.
 */
const SHAPES: readonly (readonly [name: string, section: string, make: Make])[] = [
  [
    "badinv01",
    "3.1.2.1",
    (p) =>
      `OPTIONS ${p.uri} SIP/2.0\r\nVia: ${p.via};;,;,,\r\n${basic(p)}Contact: "Joe" <sip:joe@probe.invalid>;;;;\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "clerr",
    "3.1.2.2",
    (p) => `OPTIONS ${p.uri} SIP/2.0\r\nVia: ${p.via}\r\n${basic(p)}Content-Length: 9999\r\n\r\nv=0\r\n`,
  ],
  [
    "ncl",
    "3.1.2.3",
    (p) => `OPTIONS ${p.uri} SIP/2.0\r\nVia: ${p.via}\r\n${basic(p)}Content-Length: -999\r\n\r\nv=0\r\n`,
  ],
  [
    "scalarlg",
    "3.1.2.5",
    (p) =>
      `OPTIONS ${p.uri} SIP/2.0\r\nVia: ${p.via}\r\n${basic(p, "9292394834772304023312 OPTIONS")}Expires: ${"1".padEnd(100, "0")}\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "quotbal",
    "3.1.2.6",
    (p) =>
      `OPTIONS ${p.uri} SIP/2.0\r\nVia: ${p.via}\r\nFrom: "Mr. J. User ${p.from}\r\nTo: ${p.to}\r\nCall-ID: ${p.id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "badvers",
    "3.1.2.16",
    (p) =>
      `OPTIONS ${p.uri} SIP/7.0\r\nVia: ${p.via.replace("SIP/2.0", "SIP/7.0")}\r\n${basic(p)}Content-Length: 0\r\n\r\n`,
  ],
  [
    "insuf",
    "3.3.1",
    (p) => `OPTIONS ${p.uri} SIP/2.0\r\nCSeq: 193942 OPTIONS\r\nVia: ${p.via}\r\nContent-Length: 0\r\n\r\n`,
  ],
  [
    "longreq",
    "3.1.1.7",
    (p) =>
      `OPTIONS sip:${"amazinglylongcallername".repeat(10)}@${p.uri.slice(4)} SIP/2.0\r\nVia: ${p.via}\r\n${basic(p)}Unknown-${"Long".repeat(20)}-Name: ${"value ".repeat(50)}\r\nContent-Length: 0\r\n\r\n`,
  ],
];

/** A few broken messages; after each it has to answer as before. */
export const malformed: Check = {
  rules: [rule],
  sip: true,
  async run(s) {
    for (const [name, section, make] of SHAPES) {
      const line = await s.fresh(s.ways[0]);
      if (line === undefined) return;
      const text = make(partsOf(s, line));
      await s.pace.take();
      s.send(line, text);
      await pause(s.o.patience / 10, s.pace.signal);
      line.link.close();
      if (await isAlive(s)) continue;
      await silenced(s, line, name, section, text);
      return;
    }
  },
};

function partsOf(s: Session, { link }: Line): Parts {
  const via = `SIP/2.0/${link.transport.toUpperCase()} ${sentBy(link)};branch=z9hG4bK${token()};rport`;
  const uri = `sip:${domainOf(s)}`;
  return { uri, via, from: `<sip:probe@${sentBy(link)}>;tag=${token()}`, to: `<${uri}>`, id: token() };
}

/** It says nothing more: to anybody, or to us alone? Another door tells. */
async function silenced(s: Session, line: Line, name: string, section: string, text: string): Promise<void> {
  const says = `after the message ${name} (RFC 4475 ${section}) it did not answer OPTIONS any more`;
  const proof = text
    .split("\r\n")
    .slice(0, 8)
    .map((each) => `> ${shown(each)}`);
  const address = line.link.local.host;
  // On loopback any address is ours, so one that did nothing can ask.
  const other = address.startsWith("127.") ? await s.fresh(line.way, "127.0.0.77") : undefined;
  const answers = other !== undefined && (await answersOn(s, other));
  if (answers) {
    s.missing.push(`malformed-silence: it shut us out after ${name}, and answers others: a guard did that`);
    return;
  }
  const unsure = other === undefined;
  const more = unsure ? " (it may have shut us out, which would be right: look whether it still answers others)" : "";
  s.report(rule, line.way, name, says + more, proof, unsure ? { severity: "note" } : {});
}

async function answersOn(s: Session, line: Line): Promise<boolean> {
  return (await ask(s, line, { method: "OPTIONS", uri: `sip:${domainOf(s)}` })).final !== undefined;
}
