import type { Rule, Severity } from "../../findings/index.ts";
import { domainOf, register } from "../ask.ts";
import { type Check, nobody } from "../check.ts";
import { pause } from "../pace.ts";
import { contactOf, type Draft, follow, offer, print, token } from "../request.ts";
import type { Session } from "../session.ts";

const rule: Rule = {
  id: "amplification",
  severity: "note",
  title: "It sends a stranger more than the stranger sent",
  why: "A request with a forged source makes it send to somebody else: the more it answers, the better for a flood.",
  fix: "Answer strangers briefly, and refuse calls without keeping a transaction that repeats its answer.",
  see: ["docs/decisions/024-no-amplifier.md"],
};

/** Times the bytes of a request from which on it is worth a flood. */
const FACTORS: readonly (readonly [least: number, severity: Severity])[] = [
  [20, "medium"],
  [12, "low"],
  [3, "note"],
];
/** A refusal without ACK is repeated after 0.5, 1, 2 and 4 s (RFC 3261 17.2.1): 8 s with the usual patience of 3 s. */
const LISTEN = 8 / 3;

/** Bytes that come back for bytes sent over UDP, when nobody acknowledges: as with a forged source. */
export const amplification: Check = {
  rules: [rule],
  sip: true,
  async run(s) {
    const way = s.ways.find((w) => w.transport === "udp");
    if (way === undefined) return;
    const uri = `sip:${nobody(token())}@${domainOf(s)}`;
    const drafts: readonly Draft[] = [
      { method: "OPTIONS", uri },
      register(nobody(token()), domainOf(s)),
      { method: "INVITE", uri },
    ];
    const told: string[] = [];
    let worst = 0;
    for (const draft of [...drafts, undefined]) {
      const { out, back } = await measure(s, way, draft);
      if (out === 0) continue;
      worst = Math.max(worst, back / out);
      told.push(
        `${draft?.method ?? "a broken request"}: ${out} bytes sent, ${back} came back (${(back / out).toFixed(1)} times)`,
      );
    }
    const severity = FACTORS.find(([least]) => worst >= least)?.[1];
    if (severity === undefined) return;
    s.report(rule, way, "udp", `up to ${worst.toFixed(1)} times the bytes of a request come back`, told, { severity });
  },
};

async function measure(
  s: Session,
  way: Session["ways"][number],
  draft: Draft | undefined,
): Promise<{ out: number; back: number }> {
  const line = await s.fresh(way);
  if (line === undefined) return { out: 0, back: 0 };
  const { host, port } = line.link.local;
  const headers = draft?.method === "INVITE" ? `Contact: <${contactOf(line.link)}>\r\n` : "";
  const body = draft?.method === "INVITE" ? offer(line.link) : "";
  const request = draft === undefined ? undefined : print(line.link, { ...draft, headers, body });
  const text =
    request?.text ??
    `OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${token()}\r\nCall-ID: ${token()}\r\n\r\n`;
  let to = "";
  const deaf =
    request === undefined
      ? undefined
      : line.hear(request.callId, (m) => {
          to = m.raw("to") ?? to;
        });
  await s.pace.take();
  s.send(line, text);
  await pause(request?.method === "INVITE" ? LISTEN * s.o.patience : s.o.patience / 2, s.pace.signal);
  deaf?.();
  const back = line.bytes;
  // Enough: it need not go on for half a minute.
  if (request?.method === "INVITE" && to !== "") {
    s.pace.note();
    s.send(line, follow(line.link, request, "ACK", to).text);
  }
  line.link.close();
  return { out: text.length, back };
}
