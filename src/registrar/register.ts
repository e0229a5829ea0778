import { type Flow, hostPort, isFailure, LIMITS, own } from "../base/index.ts";
import { type Contact, H, type Message, type NameAddr } from "../sip/index.ts";
import { type Binding, type BindingChange, type MutableBinding, NO_CHANGES } from "./binding.ts";
import { keptParams, MALFORMED_EXPIRES, qOf, unfold } from "./contact.ts";
import { isLive, type Location } from "./location.ts";
import { firstHopKeepsFlows, hasOption } from "./outbound.ts";
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
  const expired = location.expire(aor, now);
  if (!m.has(H.contact)) return succeed(location, m, aor, now, expired, false);
  const contacts = m.all(H.contact);
  if (isFailure(contacts)) return refused(BAD_REQUEST, expired);
  const wildcard = contacts.includes("*");
  const changed = wildcard
    ? removeAll(location, m, aor, contacts)
    : update(location, m, aor, flow, now, bounds, contacts as NameAddr[]);
  if (isRefusal(changed)) return refused(changed, expired);
  const outbound = !wildcard && changed.outbound && hasOption(m, H.supported, "outbound");
  const all = expired.length === 0 ? changed.changes : [...expired, ...changed.changes];
  return succeed(location, m, aor, now, all, outbound);
}

interface Done {
  readonly changes: readonly BindingChange[];
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
function removeAll(location: Location, m: Message, aor: string, contacts: readonly Contact[]): Done | Refusal {
  if (contacts.length > 1 || m.get(H.expires) !== 0) return BAD_REQUEST;
  const callId = m.need(H.callId);
  const cseq = m.need(H.cseq).number;
  for (const b of location.get(aor)) if (b.callId === callId && cseq <= b.cseq) return OUT_OF_ORDER;
  return { changes: location.drop(aor), outbound: false };
}

/** Item 7: everything is decided before anything is changed. */
function update(
  location: Location,
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
    keepsFlows: () => firstHopKeepsFlows(m),
    supportsOutbound: () => hasOption(m, H.supported, "outbound"),
  };
  const plans = planContacts(location.get(aor), contacts, request, bounds);
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
  let outbound = false;
  for (const plan of plans) {
    commit(location, plan, from, now, changes);
    if (plan.regId !== 0) outbound = true;
  }
  return { changes, outbound };
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

function commit(location: Location, plan: Plan, from: From, now: number, changes: BindingChange[]): void {
  const old = plan.existing as MutableBinding | undefined;
  if (plan.unchanged) return;
  const sameName =
    old !== undefined &&
    old.contact === plan.contact.uri.text &&
    old.regId === plan.regId &&
    old.instance === plan.instance;
  if (old !== undefined && (plan.expires === 0 || !sameName)) {
    location.remove(old);
    changes.push({ kind: "remove", binding: old });
  }
  if (plan.expires === 0) return;
  const expires = now + 1_000 * plan.expires;
  const binding = old !== undefined && sameName ? old : bind(plan, from, expires);
  if (binding === old) renew(location, old, plan, from, expires);
  else location.add(binding);
  changes.push({ kind: "put", binding });
}

function bind(plan: Plan, from: From, expires: number): MutableBinding {
  return {
    aor: own(from.aor),
    contact: own(plan.contact.uri.text),
    params: own(keptParams(plan.contact)),
    callId: own(from.callId),
    cseq: from.cseq,
    expires,
    q: qOf(plan.contact),
    path: from.path,
    instance: own(plan.instance),
    regId: plan.regId,
    userAgent: from.userAgent,
    flow: from.flow,
    received: receivedText(from.flow),
    listener: from.flow.listener.index,
  };
}

/** The common REGISTER: nothing new but the time. What is the same already is not copied again. */
function renew(location: Location, b: MutableBinding, plan: Plan, from: From, expires: number): void {
  if (b.callId !== from.callId) b.callId = own(from.callId);
  b.cseq = from.cseq;
  b.expires = expires;
  const params = keptParams(plan.contact);
  if (b.params !== params) b.params = own(params);
  b.path = from.path;
  b.userAgent = from.userAgent;
  const q = qOf(plan.contact);
  if (b.q !== q) {
    b.q = q;
    location.moved(b);
  }
  if (b.flow !== from.flow) {
    location.setFlow(b, from.flow);
    b.received = receivedText(from.flow);
    b.listener = from.flow.listener.index;
  }
}

function receivedText(flow: Flow): string {
  return own(`${flow.transport}:${hostPort(flow.host, flow.port)}`);
}

function refused(r: Refusal, changed: readonly BindingChange[]): Registration {
  return { status: r.status, headers: r.headers, changed };
}

/** Item 8: every current binding with the seconds it has left. RFC 3327 5.3: Path goes back. RFC 5626 6: Require. */
function succeed(
  location: Location,
  m: Message,
  aor: string,
  now: number,
  changed: readonly BindingChange[],
  outbound: boolean,
): Registration {
  let headers = "";
  for (const b of location.get(aor)) if (isLive(b, now)) headers += contactLine(b, now);
  if (m.has(H.path)) for (const value of pathOf(m) ?? NO_PATH) headers += `Path: ${value}\r\n`;
  if (outbound) headers += "Require: outbound\r\n";
  return { status: 200, headers, changed };
}

function contactLine(b: Binding, now: number): string {
  return `Contact: <${b.contact}>${b.params};expires=${Math.ceil((b.expires - now) / 1_000)}\r\n`;
}
