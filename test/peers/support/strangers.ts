import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Owner } from "../../support/owner.ts";

/** What a stranger says in a request; what is missing is chosen. */
export interface Words {
  readonly method?: string;
  readonly user: string;
  readonly callId: string;
  /** The whole of From before its tag. */
  readonly from?: string;
  readonly target?: string;
  readonly agent?: string;
  readonly more?: string;
  readonly cseq?: number;
}

/** Somebody at an address of his own on loopback. */
export interface Stranger {
  readonly local: string;
  /** Sends a request, and gives its final answer; "" when none comes. */
  ask(words: Words): Promise<string>;
  /** Asks, and answers the challenge with this password, or as another user. */
  login(words: Words, password: string, as?: string): Promise<string>;
  /** A line "Authorization" for a challenge. */
  answer(challenge: string, words: Words, password: string, as?: string): string;
}

const HOST = "127.0.0.1";
let branches = 0;

/** One over UDP or TCP. */
export async function stranger(
  t: Owner,
  local: string,
  port: number,
  transport: "UDP" | "TCP" = "UDP",
): Promise<Stranger> {
  const { send, mine, received } = await (transport === "UDP" ? datagrams : connection)(t, local, port);
  const ask = async (words: Words): Promise<string> => {
    const from = received.length;
    send(request(words, `${local}:${mine}`, transport));
    for (let waited = 0; waited < 1_500; waited += 10) {
      const answer = received.slice(from).find((text) => /^SIP\/2\.0 [2-6]/.test(text));
      if (answer !== undefined) return answer;
      await setTimeout(10);
    }
    return "";
  };
  const answer = (challenge: string, words: Words, password: string, as = words.user): string => {
    const field = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
    const uri = targetOf(words);
    const a1 = md5(`${as}:${field("realm")}:${password}`);
    const a2 = md5(`${words.method ?? "REGISTER"}:${uri}`);
    const qop = /qop="/.test(challenge) ? ',qop=auth,nc=00000001,cnonce="c"' : "";
    const middle = qop === "" ? field("nonce") : `${field("nonce")}:00000001:c:auth`;
    const header = challenge.includes("\r\nProxy-Authenticate") ? "Proxy-Authorization" : "Authorization";
    return `${header}: Digest username="${as}",realm="${field("realm")}",nonce="${field("nonce")}",uri="${uri}",response="${md5(`${a1}:${middle}:${a2}`)}",algorithm=MD5${qop}\r\n`;
  };
  const login = async (words: Words, password: string, as = words.user): Promise<string> => {
    const challenge = await ask(words);
    return ask({
      ...words,
      cseq: (words.cseq ?? 1) + 1,
      more: `${words.more ?? ""}${answer(challenge, words, password, as)}`,
    });
  };
  return { local, ask, login, answer };
}

function targetOf(words: Words): string {
  return words.target ?? (words.method === "INVITE" ? `sip:0044207946000@${HOST}` : `sip:${HOST}`);
}

function request(words: Words, at: string, transport: string): string {
  const { method = "REGISTER", user, callId, agent = "Desk phone", more = "", cseq = 1 } = words;
  const from = words.from ?? `<sip:${user}@${HOST}>`;
  const to = method === "REGISTER" ? from : `<${targetOf(words)}>`;
  return [
    `${method} ${targetOf(words)} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${at};rport;branch=z9hG4bK-${process.pid}-${++branches}`,
    "Max-Forwards: 70",
    `From: ${from};tag=t${callId.length}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:${user.replaceAll(/[^\w]/g, "x")}@${at}${transport === "TCP" ? ";transport=tcp" : ""}>`,
    `User-Agent: ${agent}`,
    `Expires: 60`,
    `${more}Content-Length: 0`,
    "\r\n",
  ].join("\r\n");
}

interface Line {
  readonly mine: number;
  readonly received: string[];
  send(text: string): void;
}

async function datagrams(t: Owner, local: string, port: number): Promise<Line> {
  const socket = createSocket("udp4").bind(0, local);
  await once(socket, "listening");
  t.after(() => socket.close());
  const received: string[] = [];
  socket.on("message", (bytes) => void received.push(bytes.toString("latin1")));
  return {
    mine: socket.address().port,
    received,
    send: (text) => socket.send(Buffer.from(text, "latin1"), port, HOST),
  };
}

async function connection(t: Owner, local: string, port: number): Promise<Line> {
  const socket = connect({ host: HOST, port, localAddress: local });
  await once(socket, "connect");
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  const received: string[] = [];
  socket.on("data", (bytes) => void received.push(bytes.toString("latin1")));
  return { mine: socket.localPort ?? 0, received, send: (text) => void socket.write(text, "latin1") };
}

/** Words to a TCP service and what it answers within 300 ms of silence. */
export async function say(local: string, port: number, words: readonly string[]): Promise<string> {
  const socket = connect({ host: HOST, port, localAddress: local });
  socket.on("error", () => {});
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
  });
  await once(socket, "connect");
  await setTimeout(100);
  for (const each of words) {
    socket.write(each);
    await setTimeout(300);
  }
  socket.destroy();
  return text;
}

export function md5(text: string): string {
  return createHash("md5").update(text, "latin1").digest("hex");
}
