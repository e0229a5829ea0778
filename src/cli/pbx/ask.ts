import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { canonicalIp, hostPort, isFailure } from "../../base/index.ts";
import { type Message, parseMessage, StreamFramer } from "../../sip/index.ts";

interface End {
  readonly address: string;
  /** 0: the kernel chooses; it always does for streams. */
  readonly port: number;
}

/** One question to a phone system. */
export interface Question {
  readonly method: "OPTIONS" | "REGISTER" | "INVITE";
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  /** Our end; none: the kernel chooses. */
  readonly local?: End;
  /** ms without an answer. */
  readonly patience?: number;
}

/** Its first final answer; `server`, `allow` and `date` are as it wrote them, "" when it did not. */
export interface Answer {
  readonly status: number;
  readonly server: string;
  readonly allow: string;
  readonly date: string;
  readonly ms: number;
}

const PATIENCE = 2_000;
/** RFC 3261 17.1.1.1: T1, after which UDP is tried again. */
const AGAIN = 500;
/** A user that no phone system has. */
const USER = "rempart-doctor";

/**
 * Asks once and leaves nothing behind: a REGISTER without Contact only reads (RFC 3261 10.2.3), a call is to nobody, offers no
 * sound, and is given up at once if something takes it. Undefined when there is no answer; never rejects.
 */
export async function askSip(q: Question): Promise<Answer | undefined> {
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
  const line = await openLine(q, (text) => take(text)).catch(() => undefined);
  if (line === undefined) return undefined;
  const request = requestOf(q, line.local);
  let ringing = false;
  const take = (text: string): void => {
    const m = parseMessage(text);
    // Another question's answer, or somebody else's request.
    if (isFailure(m) || m.isRequest || header(m, "call-id") !== request.callId) return;
    ringing = m.status < 200;
    if (ringing) return;
    if (q.method === "INVITE") line.send(request.follow("ACK", header(m, "to")));
    if (q.method === "INVITE" && m.status < 300) line.send(request.follow("BYE", header(m, "to")));
    const server = header(m, "server") || header(m, "user-agent");
    const ms = Math.round(performance.now() - began);
    resolve({ status: m.status, server, allow: header(m, "allow"), date: header(m, "date"), ms });
  };
  line.send(request.text);
  const again = setInterval(() => q.transport === "udp" && !ringing && line.send(request.text), AGAIN);
  const end = setTimeout(() => {
    if (ringing) line.send(request.follow("CANCEL", ""));
    resolve(undefined);
  }, q.patience ?? PATIENCE);
  const answer = await Promise.race([promise, line.closed]);
  clearInterval(again);
  clearTimeout(end);
  line.close();
  return answer;
}

/** The address of ours that the kernel would speak with `host` from; undefined without a way. Nothing is sent. */
export async function addressTowards(host: string, port: number): Promise<string | undefined> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    socket.connect(port, host);
    await once(socket, "connect");
    return canonicalIp(socket.address().address);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** The first value of a header as written; the compact forms of those that are asked for here are not in use. */
function header(m: Message, name: string): string {
  const lines = m.text.slice(m.headersStart, m.headersEnd).split("\r\n");
  const line = lines.find((each) => each.slice(0, each.indexOf(":")).trim().toLowerCase() === name);
  return line === undefined ? "" : line.slice(line.indexOf(":") + 1).trim();
}

interface Request {
  readonly text: string;
  readonly callId: string;
  follow(method: "ACK" | "BYE" | "CANCEL", to: string): string;
}

function requestOf(q: Question, local: string): Request {
  const [branch, tag, callId] = [0, 1, 2].map(() => randomBytes(10).toString("hex"));
  const place = hostPort(q.host, q.port);
  const uri = q.method === "REGISTER" ? `sip:${place}` : `sip:${q.method === "INVITE" ? `${USER}@` : ""}${place}`;
  const make = (method: string, via: string, to: string, more: string): string =>
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/${q.transport.toUpperCase()} ${local};branch=z9hG4bK${via};rport\r\n` +
    `Max-Forwards: 1\r\nFrom: <sip:${USER}@${local}>;tag=${tag}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\n` +
    `CSeq: ${method === "BYE" ? 2 : 1} ${method}\r\n${more}Content-Length: 0\r\n\r\n`;
  const to = q.method === "REGISTER" ? `<sip:${USER}@${place}>` : `<${uri}>`;
  const contact = q.method === "REGISTER" ? "" : `Contact: <sip:${USER}@${local}>\r\n`;
  return {
    text: make(q.method, branch, to, `${contact}User-Agent: rempart doctor\r\n`),
    callId,
    // RFC 3261 17.1.1.3, 9.1: ACK of a refusal and CANCEL have the branch of their INVITE. A BYE is a request of its own.
    follow: (method, answered) => make(method, method === "BYE" ? `${branch}b` : branch, answered || to, ""),
  };
}

/** A way to the other side while it is asked. */
interface Line {
  /** "host:port" of our end. */
  readonly local: string;
  send(text: string): void;
  /** Resolves when the other side ends it. */
  readonly closed: Promise<undefined>;
  close(): void;
}

function openLine(q: Question, onText: (text: string) => void): Promise<Line> {
  return q.transport === "udp" ? openUdp(q, onText) : openStream(q, onText);
}

async function openUdp(q: Question, onText: (text: string) => void): Promise<Line> {
  const socket = createSocket(q.host.includes(":") ? "udp6" : "udp4");
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  try {
    const bound = once(socket, "listening");
    socket.bind(q.local?.port ?? 0, q.local?.address);
    await bound;
    // Connected, so that "port unreachable" is heard.
    const connected = once(socket, "connect");
    socket.connect(q.port, q.host);
    await connected;
  } catch (error) {
    socket.close();
    throw error;
  }
  let open = true;
  socket.on("message", (bytes) => onText(bytes.toString("latin1")));
  socket.on("error", () => resolve(undefined));
  const { address, port } = socket.address();
  return {
    local: hostPort(address, port),
    send: (text) => open && socket.send(Buffer.from(text, "latin1"), () => {}),
    closed,
    close: () => {
      open = false;
      // What was sent last leaves first.
      setImmediate(() => socket.close());
    },
  };
}

async function openStream(q: Question, onText: (text: string) => void): Promise<Line> {
  const way = { host: q.host, port: q.port, localAddress: q.local?.address };
  // Who signed is the business of the daemon's own check; here it counts whether it answers.
  const socket: Socket = q.transport === "tls" ? connectTls({ ...way, rejectUnauthorized: false }) : connect(way);
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  const end = setTimeout(() => socket.destroy(new Error("no connection")), q.patience ?? PATIENCE);
  try {
    await once(socket, q.transport === "tls" ? "secureConnect" : "connect");
  } finally {
    clearTimeout(end);
  }
  socket.on("error", () => {});
  socket.on("close", () => resolve(undefined));
  const framer = new StreamFramer();
  socket.on("data", (chunk: Buffer) => {
    framer.push(chunk);
    let text = framer.next();
    for (; typeof text === "string"; text = framer.next()) if (text !== "") onText(text);
    if (isFailure(text)) socket.destroy();
  });
  return {
    local: hostPort(socket.localAddress ?? "127.0.0.1", socket.localPort ?? 0),
    send: (text) => void socket.write(text, "latin1"),
    closed,
    close: () => void socket.end(() => socket.destroy()),
  };
}
