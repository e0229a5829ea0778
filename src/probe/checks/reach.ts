import type { Rule } from "../../findings/index.ts";
import { type Answer, ask, domainOf, headerOf } from "../ask.ts";
import type { Check } from "../check.ts";
import { shown } from "../proof.ts";
import { placeOf, proofOf, type Session } from "../session.ts";
import type { Way } from "../target.ts";

const reachable: Rule = {
  id: "reachable",
  severity: "note",
  title: "It answers SIP",
  why: "What answers can be attacked. Every transport that no phone needs is one door too many.",
  fix: "Close the transports that no phone or carrier uses.",
  see: ["[[sip.listen]]"],
};

const banner: Rule = {
  id: "banner",
  severity: "low",
  title: "It tells its product and version to strangers",
  why: "Scanners sort their finds by this line: when a hole becomes known, those that show the version are tried first.",
  fix: "Set a plain name: user_agent in [global] of pjsip.conf, useragent in sip.conf, server_header in kamailio.cfg.",
  see: [
    "kamailio-server-header",
    "http-tells",
    "Rempart does not pass on the Server line of a phone system to strangers",
  ],
};

const plain: Rule = {
  id: "no-tls",
  severity: "note",
  title: "It offers no encrypted transport",
  why: "Whoever sees the packets sees who calls whom, and can guess passwords offline from one registration.",
  fix: "Offer TLS, and move phones that can to it.",
  see: ["udp-only", "kamailio-no-tls", '[[sip.listen]] transport = "tls"'],
};

/** Which transports answer OPTIONS, and what they say of themselves. The other checks speak over the first that does. */
export const reach: Check = {
  rules: [reachable, banner, plain],
  sip: false,
  async run(s) {
    for (const way of s.o.target.ways) await greet(s, way);
    if (s.ways.length === 0) return;
    const hasTls = s.ways.some((w) => w.transport === "tls" || w.transport === "wss");
    if (!hasTls && s.o.target.ways.some((w) => w.transport === "tls")) {
      s.report(plain, s.ways[0], "all", `of ${s.ways.map((w) => w.transport).join(", ")} none is encrypted`, []);
    }
  },
};

async function greet(s: Session, way: Way): Promise<void> {
  const line = await s.line(way);
  if (line === undefined) return;
  const uri = `sip:${domainOf(s)}`;
  const answer = await ask(s, line, { method: "OPTIONS", uri, headers: "Accept: application/sdp\r\n" });
  if (answer.final === undefined) return;
  s.ways.push(way);
  // A satellite takes longer than T1: its answers are not late.
  if (way.transport === "udp") s.t1 = Math.max(s.t1, Math.min(s.o.patience, 1.5 * answer.ms));
  const where = placeOf(s.o.target, way);
  s.report(reachable, way, where, `answers OPTIONS over ${way.transport} with ${answer.status}`, firstLines(answer));
  const said = headerOf(answer.final, "server") || headerOf(answer.final, "user-agent");
  if (said === "") return;
  const proof = proofOf(answer.request, answer.responses, "Server", "User-Agent");
  const hasVersion = /\d+\.\d+/.test(said);
  const says = `says that it is "${shown(said)}"`;
  s.report(banner, way, shown(said), says, proof, hasVersion ? {} : { severity: "note" });
}

function firstLines(answer: Answer): readonly string[] {
  return proofOf(answer.request, answer.responses, "Allow", "Server", "User-Agent");
}
