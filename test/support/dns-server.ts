import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { TestContext } from "node:test";

/**
 * What is said to a question "A far.example": records as text (A "198.51.100.1", AAAA "2001:db8::1", SRV "10 5 5060 a.example", NAPTR
 * "10 50 s SIP+D2U _sip._udp.a.example"), or a way to behave: nothing at all; bytes that are no answer; the code REFUSED; an answer with a
 * wrong id and the last record before the right one with the others. What is not there does not exist.
 */
export type Zone = Readonly<Record<string, readonly string[] | "silence" | "garbage" | "refused" | Forged>>;
export interface Forged {
  readonly forged: string;
  readonly right: string;
}

/** A name server over UDP. */
export interface DnsServer {
  /** "address:port". */
  readonly at: string;
  /** Every question that came, sent again or not. */
  readonly asked: string[];
  close(): void;
}

const TYPES: Readonly<Record<number, string>> = { 1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR" };
const NXDOMAIN = 3;
const REFUSED = 5;
const TTL = 60;

/** Opens one, closed at the end of the test. */
export async function openDns(t: TestContext, zone: Zone): Promise<DnsServer> {
  const server = await startDns(zone, "127.0.0.1", 0);
  t.after(() => server.close());
  return server;
}

export async function startDns(zone: Zone, host: string, port: number): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (bytes, from) => answer(socket, zone, asked, bytes, from));
  socket.bind(port, host);
  await once(socket, "listening");
  return { at: `${host}:${socket.address().port}`, asked, close: () => socket.close() };
}

function answer(
  socket: Socket,
  zone: Zone,
  asked: string[],
  query: Buffer,
  from: { readonly address: string; readonly port: number },
): void {
  const { name, end } = readName(query);
  const type = TYPES[query.readUInt16BE(end)] ?? `TYPE${query.readUInt16BE(end)}`;
  const question = `${type} ${name}`;
  asked.push(question);
  const said = zone[question];
  const send = (bytes: Buffer): void => socket.send(bytes, from.port, from.address);
  const about = { query, end: end + 4, type };
  if (said === "silence") return;
  if (said === "garbage") send(Buffer.from("no answer of a name server"));
  else if (said === "refused") send(response(about, REFUSED, []));
  // RFC 2308: a name that has other records exists.
  else if (said === undefined) send(response(about, hasName(zone, name) ? 0 : NXDOMAIN, []));
  else if ("forged" in said) {
    const lie = response(about, 0, [said.forged]);
    lie.writeUInt16BE((lie.readUInt16BE(0) + 1) & 0xffff, 0);
    send(lie);
    send(response(about, 0, [said.right]));
  } else send(response(about, 0, said));
}

function hasName(zone: Zone, name: string): boolean {
  return Object.keys(zone).some((question) => question.endsWith(` ${name}`));
}

function readName(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
    at += query[at] + 1;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

interface About {
  readonly query: Buffer;
  /** Where the question ends. */
  readonly end: number;
  readonly type: string;
}

function response({ query, end, type }: About, code: number, records: readonly string[]): Buffer {
  const head = Buffer.from(query.subarray(0, 12));
  // A response, recursion available.
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, query.subarray(12, end), ...records.map((r) => record(query, end, dataOf(type, r)))]);
}

function record(query: Buffer, end: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(12);
  // The name of the question, by pointer.
  fixed.writeUInt16BE(0xc00c, 0);
  query.copy(fixed, 2, end - 4, end);
  fixed.writeUInt32BE(TTL, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

function dataOf(type: string, text: string): Buffer {
  const words = text.split(" ");
  if (type === "A") return Buffer.from(text.split(".").map(Number));
  if (type === "AAAA") return addressV6(text);
  if (type === "SRV") return Buffer.concat([numbers(words.slice(0, 3)), nameBytes(words[3])]);
  const [order, preference, flags, service, replacement] = words;
  return Buffer.concat([numbers([order, preference]), ...[flags, service, ""].map(label), nameBytes(replacement)]);
}

function numbers(words: readonly string[]): Buffer {
  return Buffer.concat(words.map((w) => Buffer.from([Number(w) >> 8, Number(w) & 255])));
}

function label(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split(".").filter((l) => l !== "");
  return Buffer.concat([...labels.map(label), Buffer.from([0])]);
}

/** With at most one "::" and no dots. */
function addressV6(text: string): Buffer {
  const [left, right] = text.split("::").map((half) => half.split(":").filter((g) => g !== ""));
  const zeros = Array.from({ length: 8 - left.length - (right?.length ?? 0) }, () => "0");
  const groups = right === undefined ? left : [...left, ...zeros, ...right];
  return Buffer.concat(groups.map((g) => numbers([String(Number.parseInt(g, 16))])));
}
