import assert from "node:assert/strict";
import { Failure, isFailure, LIMITS } from "../base/index.ts";
import { load } from "./bytes.ts";
import { check } from "./check.ts";
import { Edit } from "./edit.ts";
import { StreamFramer } from "./framer.ts";
import { H, HEADERS } from "./headers/index.ts";
import type { Header } from "./headers/row.ts";
import type { Message } from "./message.ts";
import { reply } from "./reply.ts";
import { parseMessage } from "./scan.ts";
import { viaWithSource } from "./source.ts";
import { parseUri } from "./uri.ts";
import { sameUri } from "./uri-compare.ts";
import { parseVia } from "./via.ts";

/**
 * What must hold for every text whatever, as the property tests and the fuzzer ask. Throws when something does not.
 */
export function assertInvariants(text: string): void {
  const m = parseMessage(text);
  const failure = isFailure(m) ? m : check(m);
  readAgain(text, failure);
  if (isFailure(m)) return;
  assert.ok(m.start <= m.headersStart && m.headersStart <= m.headersEnd, "spans in order");
  assert.ok(m.headersEnd <= m.bodyStart && m.bodyStart <= m.bodyEnd && m.bodyEnd <= text.length, "spans in order");
  for (const h of HEADERS) readHeader(m, h);
  readUri(m);
  const sound = failure === undefined;
  const roomy = m.count < LIMITS.headers - 4 && text.length < LIMITS.message - 1000;
  if (roomy) {
    replies(m, sound);
    edits(m, sound);
  }
  sources(m);
}

/** Reading depends on nothing that was read before. */
function readAgain(text: string, failure: Failure | undefined): void {
  load(' \t:;,="<>\r\n'.repeat(400));
  const again = parseMessage(text);
  const second = isFailure(again) ? again : check(again);
  assert.deepEqual(second, failure, "the same verdict again");
}

function readHeader<T>(m: Message, h: Header<T>): void {
  const first = m.get(h);
  const all = m.all(h);
  assert.equal(first !== undefined, m.has(h) && first !== undefined);
  if (!isFailure(all)) {
    assert.ok(!isFailure(first), `${h.name}: a sound list has a sound first value`);
    for (const value of all) printed(h, value);
  }
  if (first !== undefined && !isFailure(first)) printed(h, first);
}

/** Any text as the value of any header: `pick` chooses the header. Folds are the scanner's to make. */
export function assertHeaderValue(pick: number, text: string): void {
  readValue(HEADERS[pick % HEADERS.length], text);
}

function readValue<T>(h: Header<T>, text: string): void {
  if (/[\r\n]/.test(text)) return;
  const value = h.parse(text, 0, text.length);
  if (!isFailure(value)) printed(h, value);
}

/** print∘parse is stable: what is printed can be read, and prints the same again. */
function printed<T>(h: Header<T>, value: T): void {
  const text = h.print(value);
  const again = h.parse(text, 0, text.length);
  assert.ok(!isFailure(again), `${h.name} printed ${JSON.stringify(text)}`);
  assert.equal(h.print(again), text, h.name);
}

function readUri(m: Message): void {
  const uri = m.requestUri();
  if (isFailure(uri)) return;
  assert.equal(uri.text, m.uri);
  const again = parseUri(uri.text);
  assert.ok(!isFailure(again) && sameUri(uri, again), "a URI equals itself");
}

function replies(m: Message, sound: boolean): void {
  for (const via of ["", viaWithSource(m, "192.0.2.99", 40_000)]) {
    const answer = parseMessage(reply(m, 404, { toTag: "abc", via, headers: "Server: x\r\n" }));
    assert.ok(!isFailure(answer), "a reply can be read");
    assert.equal(answer.status, 404);
    if (!sound) continue;
    assert.equal(check(answer), undefined, "the reply to a sound request is sound");
    assert.equal(answer.need(H.callId), m.need(H.callId));
    assert.deepEqual(answer.need(H.cseq), m.need(H.cseq));
    assert.equal(answer.need(H.to).tag, m.need(H.to).tag === "" ? "abc" : m.need(H.to).tag);
    assert.equal(answer.need(H.via).branch, m.need(H.via).branch);
  }
}

function edits(m: Message, sound: boolean): void {
  const edit = new Edit(m);
  if (m.isRequest) edit.uri("sip:new@192.0.2.7:5070");
  edit.dropFirst(H.route);
  edit.dropFirst(H.proxyAuthorization);
  edit.prepend(H.via, "SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKnew");
  edit.prepend(H.recordRoute, "<sip:192.0.2.8;lr>");
  edit.set(H.maxForwards, "9");
  edit.removeAll(H.subject);
  const text = edit.print();
  const out = parseMessage(text);
  assert.ok(!isFailure(out), "what was edited can be read");
  if (!sound || countVias(m) >= LIMITS.vias) return;
  assert.equal(check(out), undefined, "a sound message stays sound");
  assert.equal(out.need(H.via).branch, "z9hG4bKnew");
  assert.equal(out.has(H.subject), false);
  assert.equal(text.slice(out.bodyStart, out.bodyEnd), m.text.slice(m.bodyStart, m.bodyEnd), "the body is untouched");
  const before = m.all(H.route);
  const after = out.all(H.route);
  // A Route that cannot be read is no concern of `check`.
  if (!isFailure(before)) assert.equal(isFailure(after) ? -1 : after.length, Math.max(0, before.length - 1));
}

function countVias(m: Message): number {
  const vias = m.all(H.via);
  return isFailure(vias) ? 0 : vias.length;
}

function sources(m: Message): void {
  const via = m.get(H.via);
  const text = viaWithSource(m, "2001:db8::99", 40_000);
  if (text === "" || via === undefined || isFailure(via)) return;
  const out = parseVia(text, 0, text.length);
  assert.ok(!isFailure(out), "the Via with its source can be read");
  assert.deepEqual([out.branch, out.sentBy, out.transport], [via.branch, via.sentBy, via.transport]);
  if (via.rport >= 0) assert.deepEqual([out.received, out.rport], ["2001:db8::99", 40_000]);
}

/** The framer gives the same for any split, and agrees with the scanner about where a message ends. `pieces` are lengths. */
export function assertFraming(stream: string, pieces: readonly number[]): void {
  const bytes = Buffer.from(stream, "latin1");
  const whole = frame(bytes, [bytes.length]);
  assert.deepEqual(frame(bytes, pieces), whole, "split or whole");
  for (const text of whole) {
    if (text instanceof Failure || text === "") continue;
    const m = parseMessage(text);
    // Two ideas of where a message ends are how one request is smuggled inside another.
    if (!isFailure(m) && check(m) === undefined) assert.equal(m.bodyEnd, text.length, "framer and scanner agree");
  }
}

function frame(bytes: Buffer, pieces: readonly number[]): (string | Failure)[] {
  const framer = new StreamFramer();
  const out: (string | Failure)[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = Math.max(1, pieces[n % pieces.length] ?? bytes.length);
    framer.push(bytes.subarray(at, at + size));
    at += size;
    for (let text = framer.next(); text !== undefined; text = framer.next()) {
      out.push(text);
      if (text instanceof Failure) return out;
    }
  }
  return out;
}
