import { type Flow, hostPort, isFailure, LIMITS, own } from "../base/index.ts";
import { type Contact, H, type Message, type NameAddr } from "../sip/index.ts";
import { type Binding, type BindingChange, type MutableBinding, NO_CHANGES } from "./binding.ts";
import { MALFORMED_EXPIRES, unfold } from "./contact.ts";
import { isLive, type Location } from "./location.ts";
import { hasOption } from "./outbound.ts";
import { isRefusal, type Plan, planContacts, type Refusal, type RegistrarBounds } from "./plan.ts";

/** The answer to a REGISTER: status, header lines for it, and what has to be stored. */
export interface Registration {
  readonly status: number;
  /** Whole lines, each ending in CRLF. */
  readonly headers: string;
  readonly changed: readonly BindingChange[];
}

/**
 * RFC 3261 10.3 for a REGISTER that is for a domain of ours (item 1), from an authenticated user (3) who may change
 * `aor` (4), the canonical form of its To (5): those are the caller's to see to, the rest is here. All or nothing.
 *
 * `flow` is the one it came on, `now` wall milliseconds. The only state is `location`; nothing of `m` is kept alive.
 */
export function register(
  location: Location,
  m: Message,
  aor: string,
  flow: Flow,
  now: number,
  bounds: RegistrarBounds,
): Registration {
  const refusal = checkExtensions(m);
  if (refusal !== undefined) return refused(refusal, NO_CHANGES);
  // Asked for once: among many bindings, finding one costs more than all the rest.
  let current = location.get(aor);
  let expired = NO_CHANGES;
  if (hasExpired(current, now)) {
    expired = location.expire(aor, now);
    current = location.get(aor);
  }
  if (!m.has(H.contact)) return succeed(m, current, now, expired, false);
  const contacts = m.all(H.contact);
  if (isFailure(contacts)) return refused(BAD_REQUEST, expired);
  const wildcard = contacts.includes("*");
  const done = wildcard
    ? removeAll(location, current, m, aor, contacts)
    : update(location, current, m, aor, flow, now, bounds, contacts as NameAddr[]);
  if (isRefusal(done)) return refused(done, expired);
  const outbound = done.outbound && hasOption(m, H.supported, "outbound");
  const changed = expired.length === 0 ? done.changes : [...expired, ...done.changes];
  return succeed(m, done.renewedOnly ? current : location.get(aor), now, changed, outbound);
}

function hasExpired(bindings: readonly Binding[], now: number): boolean {
  for (const b of bindings) if (b.expires <= now) return true;
  return false;
}

interface Done {
  readonly changes: readonly BindingChange[];
  /** No binding came or went. */
  readonly renewedOnly: boolean;
  /** A contact was bound as an outbound flow. */
  readonly outbound: boolean;
}

const BAD_REQUEST: Refusal = { status: 400, headers: "" };
const OUT_OF_ORDER: Refusal = { status: 500, headers: "" };
const PATH_UNWANTED: Refusal = { status: 420, headers: "Unsupported: path\r\n" };

/** Item 2, RFC 3261 8.2.2.3: 420 names what is required and unknown. RFC 3327 5.3: a Path that the phone knows nothing of. */
function checkExtensions(m: Message): Refusal | undefined {
  if (m.has(H.require)) {
    const required = m.all(H.require);
    if (isFailure(required)) return BAD_REQUEST;
    const unknown = required.filter((tag) => !UNDERSTOOD.includes(tag.toLowerCase()));
    if (unknown.length > 0) return { status: 420, headers: `Unsupported: ${unknown.map(unfold).join(", ")}\r\n` };
  }
  return m.has(H.path) && !hasOption(m, H.supported, "path") && !hasOption(m, H.require, "path")
    ? PATH_UNWANTED
    : undefined;
}

const UNDERSTOOD = ["path", "outbound"];

/** Item 6: "*" removes everything, and must stand alone with Expires: 0. */
function removeAll(
  location: Location,
  current: readonly Binding[],
  m: Message,
  aor: string,
  contacts: readonly Contact[],
): Done | Refusal {
  if (contacts.length > 1 || m.get(H.expires) !== 0) return BAD_REQUEST;
  const callId = m.need(H.callId);
  const cseq = m.need(H.cseq).number;
  for (const b of current) if (b.callId === callId && cseq <= b.cseq) return OUT_OF_ORDER;
  return { changes: location.drop(aor), renewedOnly: false, outbound: false };
}

/** Item 7: everything is decided before anything is changed. */
function update(
  location: Location,
  current: readonly Binding[],
  m: Message,
  aor: string,
  flow: Flow,
  now: number,
  bounds: RegistrarBounds,
  contacts: readonly NameAddr[],
): Done | Refusal {
  const path = pathOf(m);
  if (path === undefined || contacts.length > 2 * LIMITS.contacts) return BAD_REQUEST;
  const header = m.get(H.expires);
  const request = {
    callId: m.need(H.callId),
    cseq: m.need(H.cseq).number,
    expires: header === undefined ? bounds.defaultExpires : isFailure(header) ? MALFORMED_EXPIRES : header,
    message: m,
  };
  const plans = planContacts(current, contacts, request, bounds);
  if (isRefusal(plans)) return plans;
  const agent = m.get(H.userAgent);
  const from: From = {
    aor,
    flow,
    path,
    callId: request.callId,
    cseq: request.cseq,
    userAgent: location.agent(typeof agent === "string" ? agent : ""),
  };
  const changes: BindingChange[] = [];
  let renewedOnly = true;
  let outbound = false;
  for (const plan of plans) {
    if (!commit(location, plan, from, now, changes)) renewedOnly = false;
    if (plan.params.regId !== 0) outbound = true;
  }
  return { changes, renewedOnly, outbound };
}

/** What all contacts of one request have in common. */
interface From {
  readonly aor: string;
  readonly flow: Flow;
  readonly path: readonly string[];
  readonly callId: string;
  readonly cseq: number;
  readonly userAgent: string;
}

const NO_PATH: readonly string[] = Object.freeze([]);

/** RFC 3327 5.3: the Path values as they were written, in order. Undefined for one that cannot be read or is too much. */
function pathOf(m: Message): readonly string[] | undefined {
  if (!m.has(H.path)) return NO_PATH;
  const values = m.all(H.path);
  if (isFailure(values) || values.length > LIMITS.contacts) return undefined;
  const texts = values.map((v) => own(unfold(m.text.slice(v.start, v.end))));
  return texts.some((t) => t.length > LIMITS.uri) ? undefined : texts;
}

/** Carries a plan out. True when no binding came or went. */
function commit(location: Location, plan: Plan, from: From, now: number, changes: BindingChange[]): boolean {
  if (plan.unchanged) return true;
  const old = plan.existing as MutableBinding | undefined;
  const expires = now + 1_000 * plan.expires;
  if (old !== undefined && plan.expires > 0 && hasName(old, plan)) {
    if (renew(location, old, plan, from, expires)) changes.push({ kind: "put", binding: old });
    return true;
  }
  if (old !== undefined) {
    location.remove(old);
    changes.push({ kind: "remove", binding: old });
  }
  if (plan.expires > 0) {
    const binding = bind(plan, from, expires);
    location.add(binding);
    changes.push({ kind: "put", binding });
  }
  return false;
}

/** A binding is stored under its contact, instance and reg-id: with another one of these it is another row. */
function hasName(b: Binding, plan: Plan): boolean {
  const { instance, regId } = plan.params;
  return b.contact === plan.contact.uri.text && b.regId === regId && b.instance === instance;
}

function bind(plan: Plan, from: From, expires: number): MutableBinding {
  return {
    aor: flat(from.aor),
    contact: own(plan.contact.uri.text),
    params: own(plan.params.kept),
    callId: own(from.callId),
    cseq: from.cseq,
    expires,
    told: expires,
    q: plan.params.q,
    path: from.path,
    instance: own(plan.params.instance),
    regId: plan.params.regId,
    userAgent: from.userAgent,
    flow: from.flow,
    received: receivedText(from.flow),
    listener: from.flow.listener.index,
  };
}

/**
 * A renewal that changes nothing but the time, and that by less, is not told: a phone that registers every second would
 * wear out a disk, and after a crash its binding ends these milliseconds early at the most.
 */
export const UNTOLD = 5_000;

/** The common REGISTER: nothing new but the time. What is the same already is not copied again. True when it is to be told. */
function renew(location: Location, b: MutableBinding, plan: Plan, from: From, expires: number): boolean {
  const { params } = plan;
  const onlyTime =
    b.callId === from.callId &&
    b.params === params.kept &&
    b.q === params.q &&
    b.flow === from.flow &&
    b.path === from.path;
  if (b.callId !== from.callId) b.callId = own(from.callId);
  b.cseq = from.cseq;
  b.expires = expires;
  const { kept, q } = plan.params;
  if (b.params !== kept) b.params = own(kept);
  b.path = from.path;
  b.userAgent = from.userAgent;
  if (b.q !== q) {
    b.q = q;
    location.moved(b);
  }
  if (b.flow !== from.flow) {
    location.setFlow(b, from.flow);
    b.received = receivedText(from.flow);
    b.listener = from.flow.listener.index;
  }
  // Earlier counts as much as later: who asks for less wants to be gone sooner.
  if (onlyTime && Math.abs(expires - b.told) < UNTOLD) return false;
  b.told = expires;
  return true;
}

/** A copy that is one piece. As a map's key it is found four times as fast as what `own` gives, which is a slice. */
function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

function receivedText(flow: Flow): string {
  return own(`${flow.transport}:${hostPort(flow.host, flow.port)}`);
}

function refused(r: Refusal, changed: readonly BindingChange[]): Registration {
  return { status: r.status, headers: r.headers, changed };
}

/** Item 8: every current binding with the seconds it has left. RFC 3327 5.3: Path goes back. RFC 5626 6: Require. */
function succeed(
  m: Message,
  bindings: readonly Binding[],
  now: number,
  changed: readonly BindingChange[],
  outbound: boolean,
): Registration {
  let headers = "";
  for (const b of bindings) if (isLive(b, now)) headers += contactLine(b, now);
  if (m.has(H.path)) for (const value of pathOf(m) ?? NO_PATH) headers += `Path: ${value}\r\n`;
  if (outbound) headers += "Require: outbound\r\n";
  return { status: 200, headers, changed };
}

function contactLine(b: Binding, now: number): string {
  return `Contact: <${b.contact}>${b.params};expires=${Math.ceil((b.expires - now) / 1_000)}\r\n`;
}
