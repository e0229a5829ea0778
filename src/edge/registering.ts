import { type Flow, isFailure } from "../base/index.ts";
import { aorOf } from "../policy/index.ts";
import { strippedResponse } from "../proxy/index.ts";
import { type Binding, grantedSeconds, learn, lookup } from "../registrar/index.ts";
import { Edit, H, type Message, type NameAddr, parseMessage, type Uri } from "../sip/index.ts";
import { type Given, isFresh } from "./challenges.ts";
import type { Core } from "./core.ts";

/**
 * `[front] register = "relay"`: the phone system behind is the registrar. It gets a contact of ours, "user~name", in the place of each
 * contact of the phone (or a Path with it), and its answers tell us who is registered where.
 */

/** A REGISTER that is on its way, as the phone sent it. */
export interface Registering {
  readonly m: Message;
  readonly aor: string;
  readonly flow: Flow;
}

/** 72 bits: the name of a contact. Nobody but the phone systems behind us may use one, so it need not be a secret. */
const NAME = 12;
const MARK = "~";

/** The REGISTER as the registrar gets it; `at` is our "host:port[;transport=...]" as it sees it. Undefined when it cannot be read. */
export function registerInwards(m: Message, aor: string, at: string, core: Core): Message | undefined {
  const contacts = m.all(H.contact);
  if (isFailure(contacts)) return undefined;
  const named = contacts.filter((c): c is NameAddr => c !== "*");
  if (named.length === 0) return m;
  const e = new Edit(m);
  const user = aor.slice(0, aor.lastIndexOf("@"));
  const uri = (c: NameAddr): string => `sip:${user}${MARK}${nameOf(core, aor, c.uri.text)}@${at}`;
  if (core.config.contact === "rewrite") {
    for (const c of named) e.replace(c.start, c.end, `<${uri(c)}>${c.params}`);
  } else {
    // RFC 3327 5.2: the registrar sends what is for the phone by this route. It must not mind that the phone has not asked for it.
    e.prepend(H.path, `<${uri(named[0])};lr>`);
    e.prepend(H.supported, "path");
  }
  const sent = parseMessage(e.print());
  return isFailure(sent) ? undefined : sent;
}

/** The binding that a contact or route of ours stands for, when its phone can be reached. */
export function bindingNamed(uri: Uri, core: Core): Binding | undefined {
  const aor = aorOf(uri, core.domains);
  const mark = aor.lastIndexOf("@") - NAME - 1;
  if (mark < 1 || aor[mark] !== MARK) return undefined;
  const name = aor.slice(mark + 1, mark + 1 + NAME);
  for (const domain of core.config.domains) {
    const full = `${aor.slice(0, mark)}@${core.domains.canonical(domain)}`;
    for (const b of lookup(core.location, full, core.clock.wall()))
      if (nameOf(core, full, b.contact) === name) return b;
  }
  return undefined;
}

/** What a registrar lists is ours or of the inside. */
const LISTED = [H.contact, H.path];

/** The user that a contact of ours was made for; any other user part comes back as it is. */
export function userNamed(user: string): string {
  const mark = user.length - NAME - 1;
  return mark > 0 && user[mark] === MARK ? user.slice(0, mark) : user;
}

/**
 * Learns from the registrar's answer, and gives it as the phone has to see it: with its own contacts, without our Path. `given`: the challenge
 * that the phone had answered.
 */
export function onRegistrarAnswer(r: Registering, answer: Message, given: Given | undefined, core: Core): Message {
  count(r, answer, given, core);
  const contacts = answer.all(H.contact);
  if (answer.status !== 200 || isFailure(contacts)) return strippedResponse(answer, LISTED);
  const held = contacts.filter((c): c is NameAddr => c !== "*");
  const name = (contact: string): string => nameOf(core, r.aor, contact);
  const granted =
    held.length === 0 ? undefined : new Map(held.map((c) => [nameIn(c, name), grantedSeconds(answer, c, 3_600)]));
  const changes = learn(core.location, r.m, r.aor, r.flow, core.clock.wall(), granted, name);
  for (const change of changes) core.changes.add(change);
  return answerOutwards(answer, r, core);
}

function count({ m, aor, flow }: Registering, answer: Message, given: Given | undefined, core: Core): void {
  const { counters } = core;
  const { status } = answer;
  // Whoever answers a nonce that was given to that address receives there.
  const proved = flow.reliable || given?.to === flow.host;
  if (status === 200) {
    counters.registered++;
    core.gate.shown(flow, core.clock.now());
    core.facts.success(flow, m, aor, core.clock.now());
  } else if (status === 401 || status === 407) {
    const challenge = answer.get(status === 401 ? H.wwwAuthenticate : H.proxyAuthenticate);
    const stale = challenge !== undefined && !isFailure(challenge) && challenge.stale;
    // A challenge is never a failure, and an old nonce is none either.
    const isGuess = !stale && given !== undefined && isFresh(given, core);
    if (isGuess) core.facts.add("wrongPassword", flow, m, aor, "", proved);
    if (isGuess) counters.wrongPassword++;
    else counters.challenged++;
  } else if (status === 403 || status === 404) {
    counters.wrongPassword++;
    core.facts.addUnknown(flow, m, aor, proved);
  }
}

/** Contacts that are not known to us are of nobody who came through here: the outside does not see them. */
function answerOutwards(answer: Message, { aor }: Registering, core: Core): Message {
  const now = core.clock.wall();
  const e = new Edit(answer);
  e.removeAll(H.contact);
  e.removeAll(H.path);
  let lines = "";
  for (const b of core.location.get(aor)) {
    lines += `Contact: <${b.contact}>${b.params};expires=${Math.max(0, Math.ceil((b.expires - now) / 1_000))}\r\n`;
  }
  e.replace(answer.headersEnd, answer.headersEnd, lines);
  const seen = parseMessage(e.print());
  return isFailure(seen) ? answer : seen;
}

function nameOf(core: Core, aor: string, contact: string): string {
  return core.mac(`contact ${aor} ${contact}`).slice(0, NAME);
}

/** Our name for a contact that a registrar lists: it stands in the contact itself, or with Path follows from it. */
function nameIn({ uri }: NameAddr, name: (contact: string) => string): string {
  const mark = uri.user.length - NAME - 1;
  return mark > 0 && uri.user[mark] === MARK ? uri.user.slice(mark + 1) : name(uri.text);
}
