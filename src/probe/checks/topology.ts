import type { Rule } from "../../findings/index.ts";
import { ask, domainOf } from "../ask.ts";
import { type Check, nobody } from "../check.ts";
import { contactOf, offer, token } from "../request.ts";

const rule: Rule = {
  id: "topology-leak",
  severity: "low",
  title: "It shows addresses of the network behind it",
  why: "An attacker learns which machines there are, and what to put into Route, Contact or SDP to reach them.",
  fix: "Asterisk: external_signaling_address, external_media_address and local_net of the transport; externaddr and localnet in sip.conf.",
  see: ["[[sip.listen]] advertise", "[front] register"],
};

/** Private addresses in what it has said during the whole run. */
export const topology: Check = {
  rules: [rule],
  sip: true,
  async run(s) {
    const line = await s.line();
    if (line === undefined) return;
    // A call has more lines to show them in than anything else.
    const number = s.o.number === "" ? nobody(token()) : s.o.number;
    const headers = `Contact: <${contactOf(line.link)}>\r\n`;
    await ask(s, line, { method: "INVITE", uri: `sip:${number}@${domainOf(s)}`, headers, body: offer(line.link) });
    const all = [...s.inner];
    if (all.length === 0) return;
    const places = all.map(([place]) => place).join(", ");
    s.report(
      rule,
      line.way,
      "inner",
      `private addresses in ${places}`,
      all.map(([, shown]) => `< ${shown}`),
    );
  },
};
