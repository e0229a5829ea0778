import assert from "node:assert/strict";
import { isFailure, LIMITS } from "../src/base/index.ts";
import { DOMAIN, MADE, type Scene, type SceneOptions, type Sent } from "../src/edge/host.fixture.ts";
import { readToken } from "../src/proxy/index.ts";
import { isRegisteredFrom } from "../src/registrar/index.ts";
import { check, H, type Message, parseMessage, type Uri, unescapeUser } from "../src/sip/index.ts";
import { hostOf, INNER, isInside, isParty, isStranger, SPOOFED, userAt } from "./edge-parties.ts";

/** What made the edge send. */
export interface Cause {
  /** "host:port"; "" when time did. */
  readonly from: string;
  readonly text: string;
  /** It carries the answer to a challenge. */
  readonly hasPassword: boolean;
}

/** A message that was sent and how it reads. */
export interface Read extends Sent {
  readonly m: Message;
}

/** All that must hold of what the edge sent for one cause. Gives what of it can be read. */
export function judgeSent(o: SceneOptions, scene: Scene, cause: Cause, sent: readonly Sent[]): Read[] {
  const about = cause.text === "" ? undefined : parseMessage(cause.text);
  const read: Read[] = [];
  for (const s of sent) {
    const m = parseMessage(s.text);
    assert.ok(!isFailure(m), `to ${s.to}, unreadable: ${s.text}`);
    const fault = check(m);
    if (fault !== undefined)
      assert.ok(isEcho(s, m, cause, about), `to ${s.to}, ${fault.code} in what was sent: ${s.text}`);
    if (fault !== undefined) continue;
    judgeWay(o, cause, about, s, m);
    judgeClaims(s);
    if (o.register !== "relay" && !isInside(cause.from)) judgeSecrets(s, m);
    if (isInside(s.to)) judgeInwards(o, scene, cause, about, s, m);
    else judgeOutwards(o, scene, cause, about, s, m);
    read.push({ ...s, m });
  }
  return read;
}

/** A refusal of what was no sound request repeats its Via, From, To, Call-ID and CSeq as they came (RFC 3261 8.2.6.2). */
function isEcho(
  s: Sent,
  m: Message,
  { from, text }: Cause,
  about: ReturnType<typeof parseMessage> | undefined,
): boolean {
  if (about === undefined || isFailure(about) || !about.isRequest || check(about) === undefined) return false;
  if (m.isRequest || m.status < 400 || hostOf(s.to) !== hostOf(from)) return false;
  const asked = unfolded(text);
  const lines = headLines(s.text, /./);
  const isCopy = (line: string): boolean => asked.includes(line.replace(/;tag=[0-9a-f]+$/, ""));
  return lines.every((line) => isCopy(line) || /^(v|via)[ \t]*:|^Content-Length: 0$/i.test(line));
}

/** Nobody's open relay: it leaves for those who are known, whoever asks. */
function judgeWay(o: SceneOptions, { from }: Cause, about: Reading, { to, text }: Sent, m: Message): void {
  if (isParty(to)) {
    // RFC 3261 26.4: whoever is called must not make the caller's phone tell its digest.
    const isAnswer = about instanceof Object && !isFailure(about) && !about.isRequest;
    if (isAnswer && !isInside(from) && !m.isRequest)
      assert.ok(m.status !== 401 && m.status !== 407, `a password asked for from ${from} reaches ${to}: ${text}`);
    return;
  }
  assert.ok(o.dial?.allowForeignDomains === true && o.register !== "relay", `for ${from}, to ${to}: ${text}`);
  assert.doesNotMatch(to, /^(10|127|192\.168|169\.254)\./, `for ${from}, to ${to}: ${text}`);
}

const CLAIMS = /^(P-Asserted-Identity|P-Preferred-Identity|Remote-Party-ID)[ \t]*:/i;

/** RFC 3325 5: nobody hears who a stranger, or a phone, says to be. */
function judgeClaims({ to, text }: Sent): void {
  assert.ok(
    !headLines(text, CLAIMS).some((line) => line.includes(SPOOFED)),
    `a stranger's claim reaches ${to}: ${text}`,
  );
}

/** What answers a challenge of ours stays here: who hears it could try passwords against it. */
function judgeSecrets({ to, text }: Sent, m: Message): void {
  // Those of mirrored users are our own.
  const all = m.method === "REGISTER" ? [] : m.all(H.proxyAuthorization);
  if (!isFailure(all))
    for (const c of all) assert.notEqual(c.realm, DOMAIN, `an answer to our challenge, to ${to}: ${text}`);
}

type Reading = ReturnType<typeof parseMessage> | undefined;

/** What the phone system gets. */
function judgeInwards(o: SceneOptions, scene: Scene, cause: Cause, about: Reading, s: Sent, m: Message): void {
  if (isInside(cause.from) || about === undefined || isFailure(about)) return;
  if (o.register !== "relay" && o.rights?.length === 0) judgeRights(cause, s, m);
  if (!m.isRequest || !about.isRequest) return;
  const user = userAt(cause.from);
  const claims = headLines(s.text, CLAIMS);
  if (claims.length > 0 && user !== "")
    assert.deepEqual(claims, [`P-Asserted-Identity: <sip:${user}@${DOMAIN}>`], `to ${s.to}: ${s.text}`);
  if (o.register === "relay" && m.method === "REGISTER") judgePasswords(m);
  if (m.method !== "CANCEL" && !isInDialog(scene, about))
    assert.ok(mayReachPbx(o, scene, cause, about), `from ${cause.from} without a password, to ${s.to}: ${s.text}`);
}

/** Nobody has the right to call abroad by it: not by dialling, nor by a REFER, nor by a redirection. */
function judgeRights({ from }: Cause, { to, text }: Sent, m: Message): void {
  if (isStranger(from) || userAt(from) !== "") {
    const uri = m.isRequest && m.need(H.to).tag === "" ? m.requestUri() : undefined;
    if (uri !== undefined && !isFailure(uri)) assert.ok(!isAbroad(uri), `for ${from}, to ${to}: ${text}`);
  }
  const referTo = m.isRequest && m.method === "REFER" ? m.get(H.referTo) : undefined;
  if (referTo !== undefined && !isFailure(referTo)) assert.ok(!isAbroad(referTo.uri), `for ${from}, to ${to}: ${text}`);
  // Only a new call is followed; within a dialog, where nothing was recorded, a redirection leads nowhere.
  const isFollowed = !m.isRequest && m.status >= 300 && m.status < 400 && m.has(H.recordRoute);
  const contacts = isFollowed ? m.all(H.contact) : [];
  if (!isFailure(contacts))
    for (const c of contacts) assert.ok(c !== "*" && !isAbroad(c.uri), `a redirection by ${from}, to ${to}: ${text}`);
}

function isAbroad({ user }: Uri): boolean {
  return /^(00|\+)44/.test(unescapeUser(user));
}

/** Does it name a dialog that the edge has told somebody of? It does so in a Route, or (strict routing) in the Request-URI. */
export function isInDialog({ core }: Scene, m: Message): boolean {
  const routes = m.all(H.route);
  const [uri, from, to, callId] = [m.requestUri(), m.get(H.from), m.get(H.to), m.get(H.callId)];
  if (isFailure(routes) || isFailure(uri) || isFailure(from) || isFailure(to) || isFailure(callId)) return false;
  if (from === undefined || to === undefined || to.tag === "" || callId === undefined) return false;
  const tokens = [uri.user, ...routes.map((r) => r.uri.user)];
  return tokens.some((token) => readToken(token, callId, from.tag, to.tag, core.mac) !== undefined);
}

/** Who may have a new request reach the phone system? */
function mayReachPbx(o: SceneOptions, scene: Scene, { from, hasPassword }: Cause, about: Message): boolean {
  if (!isStranger(from) && userAt(from) === "") return true;
  if (o.register !== "relay") return hasPassword;
  if (about.method === "REGISTER" || o.unregistered === "pass") return true;
  return ["anna", "bert", "nobody"].some((user) =>
    isRegisteredFrom(scene.core.location, `${user}@${DOMAIN}`, hostOf(from), scene.core.clock.wall()),
  );
}

/** RFC 3261 10.3 item 4. */
function judgePasswords(m: Message): void {
  const to = m.need(H.to).uri.user;
  for (const header of [H.authorization, H.proxyAuthorization]) {
    const all = m.all(header);
    assert.ok(!isFailure(all), `credentials that nobody can read reach the phone system: ${m.text}`);
    for (const c of all)
      assert.ok(c.username === to || c.username.startsWith(`${to}@`), `another's password: ${m.text}`);
  }
}

/** What phones, carriers and strangers get. */
function judgeOutwards(o: SceneOptions, scene: Scene, { from }: Cause, about: Reading, s: Sent, m: Message): void {
  if (o.topology !== "show") {
    // The Vias of a response are as many as whoever answers repeats: he may add to them, at his own harm.
    const told = headLines(
      s.text,
      m.isRequest ? /^(Via|v|User-Agent|Organization)[ \t]*:/i : /^(Server|Warning)[ \t]*:/i,
    );
    for (const line of told) assert.doesNotMatch(line, INNER, `to ${s.to}: ${s.text}`);
    for (const header of [H.contact, H.recordRoute, H.path]) {
      const all = m.all(header);
      if (isFailure(all)) continue;
      // Those of sips are left as they are (docs/decisions/009).
      for (const c of all)
        if (c !== "*" && c.uri.scheme === "sip") assert.doesNotMatch(c.uri.text, INNER, `to ${s.to}: ${s.text}`);
    }
  }
  const isAsked = isStranger(from) && about !== undefined && !isFailure(about) && about.isRequest && m.isRequest;
  if (isAsked && o.dial?.allowAnonymous === false && m.method !== "CANCEL")
    assert.ok(isInDialog(scene, about), `a stranger's request reaches ${s.to}: ${s.text}`);
}

function headLines(text: string, name: RegExp): string[] {
  const end = text.indexOf("\r\n\r\n");
  const lines = text
    .slice(0, end < 0 ? text.length : end)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  return lines.slice(1).filter((line) => name.test(line));
}

function unfolded(text: string): string {
  return text.replace(/\r\n[ \t]+/g, " ");
}

/** No fault of ours was told, but those that were made. */
export function judgeFaults(scene: Scene): void {
  for (const fault of scene.faults.splice(0)) if (!(fault instanceof Error && fault.message === MADE)) throw fault;
}

/** What is held stays within its bounds. */
export function judgeMemory(o: SceneOptions, { core }: Scene): void {
  const most = o.maxTransactions ?? LIMITS.transactions;
  // A fork may go over it by its branches, and calls that stand are hung up and cancelled in any crowd.
  assert.ok(core.transactions.size <= 2 * most + 2 * LIMITS.contacts, `${core.transactions.size} transactions`);
  for (const user of ["anna", "bert", "nobody"])
    assert.ok(core.location.get(`${user}@${DOMAIN}`).length <= LIMITS.contacts, `contacts of ${user}`);
}

/** Longest that something may take by itself: ten contacts one after the other, each with timer C and the wait after its CANCEL. */
const LONGEST = 10 * 250_000;

/** After the last packet everything ends by itself. */
export function judgeEnd(o: SceneOptions, scene: Scene): void {
  const { core } = scene;
  for (let ms = 0; ms < LONGEST && core.transactions.size > 0; ms += 50_000) scene.pass(50_000);
  assert.equal(core.transactions.size, 0, "transactions are left");
  assert.ok(!core.transactions.isFull(Number.EPSILON), "bytes of relayed requests are left");
  assert.ok(core.requests.size <= 100 + (o.backends ?? []).length, "requests of our own are left");
  scene.pass(100_000);
  assert.equal(core.transactions.remains.size, 0, "what remains of transactions is left");
}
