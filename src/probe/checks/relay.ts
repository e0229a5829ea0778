import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { hostPort, isFailure } from "../../base/index.ts";
import type { Rule } from "../../findings/index.ts";
import { parseMessage, reply } from "../../sip/index.ts";
import { ask, domainOf } from "../ask.ts";
import type { Check } from "../check.ts";
import { pause } from "../pace.ts";
import { excerpt, logged } from "../proof.ts";
import { contactOf, type Draft, offer, token } from "../request.ts";
import { isInner, logStep, proofOf, type Session } from "../session.ts";

const rule: Rule = {
  id: "open-relay",
  severity: "high",
  title: "It carries a stranger's request to another server",
  why: "Attackers send through it in its name, past the filters of others, and with a Route even to machines behind it.",
  fix: "Carry only requests for your own domains, or of those who showed a password; take Route lines from nobody outside.",
  see: ["kamailio-open-relay", "kamailio-in-dialog-relay", "sip.domains", "[shield.scenarios.relay-attempt]"],
};

/** Requests whose URI or Route leads to a socket of ours: what arrives there was relayed. */
export const relay: Check = {
  rules: [rule],
  sip: true,
  async run(s) {
    const line = await s.line();
    if (line === undefined) return;
    if (isInner(line.link.local.host) && !isInner(s.o.target.address)) {
      s.missing.push(
        "open-relay: we are behind a NAT, so what is relayed to us cannot arrive; ask from a public address",
      );
      return;
    }
    const post = await openPost(s, line.link.local.host);
    try {
      const foreign = `sip:probe@${post.at}`;
      const own = `sip:probe@${domainOf(s)}`;
      const route = `Route: <sip:${post.at};lr>\r\n`;
      const contact = `Contact: <${contactOf(line.link)}>\r\n`;
      const sdp = offer(line.link);
      const tries: readonly (readonly [how: string, draft: Draft])[] = [
        ["an OPTIONS for a foreign address", { method: "OPTIONS", uri: foreign }],
        ["an OPTIONS with a Route of ours", { method: "OPTIONS", uri: own, headers: route }],
        [
          "a MESSAGE for a foreign address",
          { method: "MESSAGE", uri: foreign, headers: "Content-Type: text/plain\r\n", body: "relayed" },
        ],
        ["a call to a foreign address", { method: "INVITE", uri: foreign, headers: contact, body: sdp }],
        ["a call with a Route of ours", { method: "INVITE", uri: own, headers: route + contact, body: sdp }],
      ];
      for (const [how, draft] of tries) {
        const callId = token();
        const answer = await ask(s, line, { ...draft, callId });
        // What is on its way may be behind the answer.
        if (!post.got.has(callId)) await pause(s.o.patience / 10, s.pace.signal);
        const arrived = post.got.get(callId);
        if (arrived === undefined) continue;
        const proof = [...proofOf(answer.request, answer.responses, "Route"), `at ${post.at}, a socket of ours:`];
        s.report(rule, line.way, how, `${how} arrived there`, [...proof, ...excerpt("<", arrived, "Via", "Route")]);
      }
    } finally {
      post.socket.close();
    }
  },
};

interface Post {
  readonly socket: Socket;
  readonly at: string;
  /** What arrived, by Call-ID. */
  readonly got: Map<string, string>;
}

/** Waits for what is relayed, and refuses it, so that it ends. */
async function openPost(s: Session, local: string): Promise<Post> {
  const socket = createSocket(local.includes(":") ? "udp6" : "udp4");
  const got = new Map<string, string>();
  socket.on("error", () => {});
  socket.on("message", (bytes, { address, port }) => {
    const text = bytes.toString("latin1");
    logStep(s.o, `relayed to us from ${hostPort(address, port)}\n${logged(text)}`);
    const m = parseMessage(text);
    if (isFailure(m) || !m.isRequest) return;
    const callId = m.raw("call-id") ?? m.raw("i");
    if (callId !== undefined && got.size < 20) got.set(callId, text);
    if (m.method === "ACK") return;
    s.pace.note();
    socket.send(Buffer.from(reply(m, 404, { toTag: token() }), "latin1"), port, address, () => {});
  });
  const bound = once(socket, "listening");
  socket.bind(0, local);
  await bound;
  return { socket, at: hostPort(local, socket.address().port), got };
}
