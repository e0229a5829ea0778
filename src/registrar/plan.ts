import { isFailure, LIMITS } from "../base/index.ts";
import { H, type Message, type NameAddr, parseUri, sameUri, type Uri } from "../sip/index.ts";
import type { Binding } from "./binding.ts";
import { type ContactParams, readParams } from "./contact.ts";
import { firstHopKeepsFlows, hasOption } from "./outbound.ts";

/** Seconds, and how many contacts one address-of-record may hold. */
export interface RegistrarBounds {
  readonly minExpires: number;
  readonly maxExpires: number;
  readonly defaultExpires: number;
  readonly maxContacts: number;
}

/** Why a request changes nothing. */
export interface Refusal {
  readonly status: number;
  readonly headers: string;
}

/** What is to be done with one contact. */
export interface Plan {
  readonly contact: NameAddr;
  readonly existing: Binding | undefined;
  /** Granted seconds; 0 removes. */
  readonly expires: number;
  /** Of the contact; its reg-id is 0 when it was ignored. */
  readonly params: ContactParams;
  /** It was done already, by this very request. */
  readonly unchanged: boolean;
}

/** What the request says for all its contacts. */
export interface RegisterRequest {
  readonly callId: string;
  readonly cseq: number;
  /** Seconds for contacts that ask for none. */
  readonly expires: number;
  readonly message: Message;
}

const BAD_REQUEST: Refusal = { status: 400, headers: "" };
const OUT_OF_ORDER: Refusal = { status: 500, headers: "" };
const FIRST_HOP_LACKS_OUTBOUND: Refusal = { status: 439, headers: "" };
const TOO_MANY: Refusal = { status: 403, headers: 'Warning: 399 rempart "Too many contacts for this user"\r\n' };

export function isRefusal(x: object): x is Refusal {
  return "status" in x;
}

/** RFC 3261 10.3 item 7: what each contact does to the current bindings, or why all of it is refused. Changes nothing. */
export function planContacts(
  current: readonly Binding[],
  contacts: readonly NameAddr[],
  request: RegisterRequest,
  bounds: RegistrarBounds,
): readonly Plan[] | Refusal {
  const plans: Plan[] = [];
  let outbound = false;
  let bound = 0;
  for (const contact of contacts) {
    const plan = planContact(current, contact, request, bounds);
    if (isRefusal(plan)) return plan;
    // The same contact twice in one request: the later one stands.
    const twice = plans.findIndex((p) => samePlan(p, plan));
    if (twice >= 0) plans.splice(twice, 1);
    plans.push(plan);
    if (plan.expires > 0) bound++;
    if (plan.params.regId !== 0) outbound = true;
  }
  // RFC 5626 6: one request binds one flow.
  if (outbound && bound > 1) return BAD_REQUEST;
  if (plans.some((p) => p.unchanged)) {
    // The very same request once more changes nothing; anything else with a used CSeq is out of order.
    return plans.every((p) => p.unchanged || (p.existing === undefined && p.expires === 0)) ? plans : OUT_OF_ORDER;
  }
  let left = current.length;
  for (const p of plans) left += p.expires === 0 ? (p.existing ? -1 : 0) : p.existing ? 0 : 1;
  return left > bounds.maxContacts && left > current.length ? TOO_MANY : plans;
}

function planContact(
  current: readonly Binding[],
  contact: NameAddr,
  request: RegisterRequest,
  bounds: RegistrarBounds,
): Plan | Refusal {
  const { uri } = contact;
  if ((uri.scheme !== "sip" && uri.scheme !== "sips") || uri.text.length > LIMITS.uri) return BAD_REQUEST;
  if (contact.params.length > LIMITS.bindingText || request.callId.length > LIMITS.bindingText) return BAD_REQUEST;
  const params = readParams(contact);
  // RFC 5626 6: reg-id without an instance is ignored.
  if (params.instance === "") params.regId = 0;
  if (params.regId !== 0 && !firstHopKeepsFlows(request.message)) {
    if (hasOption(request.message, H.supported, "outbound")) return FIRST_HOP_LACKS_OUTBOUND;
    params.regId = 0;
  }
  const expires = grant(params.expires < 0 ? request.expires : params.expires, bounds);
  if (expires < 0) return { status: 423, headers: `Min-Expires: ${bounds.minExpires}\r\n` };
  const existing = params.regId === 0 ? findByUri(current, uri) : findByFlow(current, params);
  // RFC 3261 10.3 item 7: under one Call-ID only a higher CSeq may change a binding.
  const used = existing !== undefined && existing.callId === request.callId && request.cseq <= existing.cseq;
  if (used && (request.cseq < existing.cseq || expires === 0)) return OUT_OF_ORDER;
  return { contact, existing, expires, params, unchanged: used };
}

/** Seconds granted; -1 when it is too brief. RFC 3261 10.3 item 7: an hour or more is never too brief. */
function grant(wanted: number, bounds: RegistrarBounds): number {
  if (wanted > 0 && wanted < bounds.minExpires && wanted < 3_600) return -1;
  return Math.min(wanted, bounds.maxExpires);
}

/** RFC 5626 6: an outbound binding is known by its instance and reg-id, whatever its URI. */
function findByFlow(current: readonly Binding[], p: ContactParams): Binding | undefined {
  return current.find((b) => b.regId === p.regId && b.instance === p.instance);
}

/** RFC 3261 19.1.4 decides whether two contacts are one. */
function findByUri(current: readonly Binding[], uri: Uri): Binding | undefined {
  for (const b of current) if (b.contact === uri.text) return b;
  for (const b of current) {
    const other = parseUri(b.contact);
    if (!isFailure(other) && sameUri(other, uri)) return b;
  }
  return undefined;
}

function samePlan(a: Plan, b: Plan): boolean {
  if (a.existing !== undefined || b.existing !== undefined) return a.existing === b.existing;
  const p = a.params;
  const q = b.params;
  if (p.regId !== 0 || q.regId !== 0) return p.regId === q.regId && p.instance === q.instance;
  return sameUri(a.contact.uri, b.contact.uri);
}
