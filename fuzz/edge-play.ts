import { isFailure } from "../src/base/index.ts";
import {
  ANNA,
  BERT,
  credentials,
  DOMAIN,
  newScene,
  PBX,
  type Scene,
  type SceneOptions,
} from "../src/edge/host.fixture.ts";
import { H, type Message, reply } from "../src/sip/index.ts";
import { Echo } from "./edge-echo.ts";
import { type Cause, judgeFaults, judgeMemory, judgeSent, type Read } from "./edge-invariants.ts";
import {
  calleesDialog,
  callersDialog,
  type Dialog,
  type Draft,
  draftCall,
  draftRegister,
  follow,
  inDialog,
  write,
} from "./edge-messages.ts";
import { NameServers } from "./edge-names.ts";
import { asWrittenBy, extraLines, isInside, isStranger, PARTIES, SPARE, STREAMS, userAt } from "./edge-parties.ts";
import { mutate, type Random } from "./mutate.ts";

/** Characters of an input, and how many texts of each kind are kept to make inputs of. */
const MOST = 6_000;
const KEPT = 200;
const STATUSES = [
  100, 180, 183, 200, 200, 200, 202, 299, 300, 302, 401, 404, 407, 408, 423, 480, 486, 487, 500, 503, 603, 699,
];
const USERS = [ANNA, BERT];
const MODES = ["edge", "relay", "mirror"] as const;

/** One edge, who is around it, and what has been said so far. */
export interface Play {
  readonly options: SceneOptions;
  readonly scene: Scene;
  readonly random: Random;
  readonly names: NameServers;
  readonly echo: Echo;
  /** What mutations are made of: the corpus, then what the edge sends. */
  readonly pool: string[];
  readonly corpus: number;
  /** Requests that wait for an answer where they are. */
  readonly waiting: Read[];
  readonly dialogs: Dialog[];
  /** What was sent to the edge of late. */
  readonly inputs: Cause[];
  /** Contacts of ours that a phone system was given. */
  readonly known: string[];
  steps: number;
  /** The input under way, for whoever reads of a failure. */
  last: Cause;
}

/** `mode`: 0 to 2, who is the registrar; all else is the seed's. */
export function newPlay(mode: number, random: Random, corpus: readonly string[]): Play {
  let tokens = 0;
  const one = <T>(...values: T[]): T => random.pick(values);
  const names = new NameServers(random);
  const options: SceneOptions = {
    register: MODES[mode],
    users: ["anna", "bert"],
    bound: [["anna", ANNA]],
    backends: [
      ["pbx", PBX],
      ["spare", SPARE],
    ],
    balance: "aor",
    priorities: one("falling", "equal"),
    streams: STREAMS,
    probes: one(0, 1_000),
    maxTransactions: one(16, 64, 2_048),
    topology: one("hide", "hide", "hide", "show"),
    contact: one("rewrite", "path"),
    unregistered: one("refuse", "refuse", "pass"),
    localCalls: one("direct", "pbx"),
    dial: { preset: "fr", allowAnonymous: one(true, true, false), allowForeignDomains: one(false, false, true) },
    rights: one([], [{ aor: `bert@${DOMAIN}`, classes: ["international"], acl: [], pin: "" }]),
    trunks: [{ name: "carrier", addresses: ["198.51.100.64/28"], transport: "", fromDomain: "" }],
    entropy: { token: () => (++tokens).toString(16).padStart(20, "f"), upTo: (most) => random.below(most + 1) },
    resolver: names,
  };
  const scene = newScene(options);
  scene.core.backends.drain("spare", one(true, false));
  const last = { from: "", text: "", hasPassword: false };
  const lists = { waiting: [], dialogs: [], inputs: [], known: [] };
  return {
    options,
    scene,
    random,
    names,
    echo: new Echo(),
    pool: [...corpus],
    corpus: corpus.length,
    steps: 0,
    last,
    ...lists,
  };
}

/** One input, or something else that happens to the edge. */
export function step(p: Play): void {
  const { random } = p;
  p.steps++;
  p.names.answer();
  const dice = random.below(100);
  if (dice < 20) say(p, random.pick(PARTIES), mutate(p.pool, random, MOST));
  else if (dice < 48) begin(p);
  else if (dice < 76) answer(p);
  else if (dice < 84) goOn(p);
  else if (dice < 88) again(p);
  else if (dice < 92) cancel(p);
  else if (dice < 98) pass(p, random.pick([10, 100, 600, 2_100, 2_100, 5_000, 40_000]));
  else disturb(p);
}

function disturb({ scene, random }: Play): void {
  if (random.below(2) === 0) scene.close(random.pick(STREAMS));
  else scene.breakSend(random.below(3));
}

export function pass(p: Play, ms: number): void {
  p.last = { from: "", text: "", hasPassword: false };
  p.scene.pass(ms);
  look(p);
}

/** One message to the edge. What the edge says is judged, kept, and given back. */
function say(p: Play, from: string, said: string, hasPassword = false): Read[] {
  const text = asWrittenBy(from, said);
  p.last = { from, text, hasPassword };
  keep(p.inputs, p.last);
  p.echo.came(p.scene, from, text);
  p.scene.receive(from, text);
  return look(p);
}

function look(p: Play): Read[] {
  const sent = p.scene.taken();
  p.echo.went(p.scene, sent);
  const read = judgeSent(p.options, p.scene, p.last, sent);
  judgeFaults(p.scene);
  judgeMemory(p.options, p.scene);
  for (const r of read) learn(p, r);
  return read;
}

/** What may be made use of later. */
function learn(p: Play, r: Read): void {
  // Chance that a seed does not decide: tags and branches of what is answered and passed on without state.
  const text = r.text
    .replace(/;tag=[0-9a-f]{8}(?=\r\n)/g, ";tag=0")
    .replace(/(branch=z9hG4bK)[0-9a-f]{16}(?=[;\r])/, "$10");
  if (p.pool.length < p.corpus + KEPT) p.pool.push(text);
  else p.pool[p.corpus + p.random.below(KEPT)] = text;
  if (r.m.isRequest && r.m.method !== "ACK") keep(p.waiting, r);
  const dialog = !r.m.isRequest && r.m.status >= 200 && r.m.status < 300 ? callersDialog(r.m, r.to) : undefined;
  if (dialog !== undefined) keep(p.dialogs, dialog);
  if (!isInside(r.to) || r.m.method !== "REGISTER" || !r.m.isRequest) return;
  for (const header of [H.contact, H.path]) {
    const all = r.m.all(header);
    if (!isFailure(all)) for (const c of all) if (c !== "*") keep(p.known, c.uri.text);
  }
}

/** The latest are at the end. */
function keep<T>(list: T[], value: T): void {
  list.push(value);
  if (list.length > KEPT) list.shift();
}

/** Something new: a call or a registration, with the password where one is asked for. */
function begin(p: Play): void {
  const { random } = p;
  const at = random.pick(random.below(3) === 0 ? USERS : PARTIES);
  const draft =
    random.below(isStranger(at) ? 6 : 3) === 0 && !isInside(at)
      ? draftRegister(at, random)
      : draftCall(at, random, p.known);
  const text = write(draft);
  const user = userAt(at);
  if (user === "" || p.options.register === "relay") {
    say(p, at, perhapsMutated(text, random));
    return;
  }
  const challenge = say(p, at, text).find((r) => r.m.status === 401 || r.m.status === 407);
  if (challenge === undefined || challenge.to !== at) return;
  const line = credentials(challenge.m, user, draft.uri);
  const second: Draft = { ...draft, cseq: draft.cseq + 1, branch: `${draft.branch}p`, lines: [line, ...draft.lines] };
  say(p, at, perhapsMutated(write(second), random), true);
}

function perhapsMutated(text: string, random: Random): string {
  return random.below(4) === 0 ? mutate([text], random, 2 * MOST) : text;
}

/** Somebody answers what he got; now and then another does, or nonsense comes. */
function answer(p: Play): void {
  const { waiting, random } = p;
  if (waiting.length === 0) return;
  const i = Math.max(0, waiting.length - 1 - random.below(8));
  const { to, m } = waiting[i];
  const at = random.below(12) === 0 ? anotherAt(to, random) : to;
  const status = statusFor(m, random);
  // The phone system knows no strangers.
  if (m.method === "REGISTER" && status < 300 && isStrangersRegister(m)) return;
  if (status >= 200) waiting.splice(i, 1);
  const tag = `t${random.below(3)}`;
  const text = reply(m, status, { toTag: tag, headers: answerLines(m, at, random) });
  const dialog = status >= 200 && status < 300 && m.method !== "CANCEL" ? calleesDialog(m, to, tag) : undefined;
  if (dialog !== undefined) keep(p.dialogs, dialog);
  say(p, at, perhapsMutated(text, random));
}

function statusFor(m: Message, random: Random): number {
  if (m.method === "REGISTER" && random.below(2) === 0) return 200;
  return random.below(8) === 0 ? 100 + random.below(600) : random.pick(STATUSES);
}

/** A REGISTER that did not come from where the user lives says so in its Via: strangers write theirs. */
function isStrangersRegister(m: Message): boolean {
  return PARTIES.some((at) => isStranger(at) && m.text.includes(at.slice(0, at.lastIndexOf(":"))));
}

function answerLines(m: Message, at: string, random: Random): string {
  const routes = m.text.match(/^Record-Route:.*\r\n/gm) ?? [];
  const lines = [...extraLines(at, random)];
  if (m.method === "REGISTER") {
    const contacts = m.text.match(/^Contact:.*(?=\r\n)/gm) ?? [];
    for (const c of contacts) lines.push(`${c}${random.pick(["", ";expires=60", ";expires=600", ";expires=0"])}`);
    if (random.below(4) === 0) lines.push("Contact: <sip:other@10.0.0.11>;expires=60");
  } else {
    const inner = isInside(at)
      ? [`<sip:100@${at}>`, "<sip:100@10.0.0.13:5099>"]
      : ["<sip:0612345678@pbx.example.org>", "<sip:00447900123456@pbx.example.org>"];
    lines.push(`Contact: ${random.pick([...inner, `<sip:x@${at}>`, "<sip:00447900123456@10.9.9.9>"])}`);
  }
  if (random.below(3) === 0)
    lines.push(`${random.pick(["WWW", "Proxy"])}-Authenticate: Digest realm="pbx.example.org", nonce="n", qop="auth"`);
  return [...routes, ...lines.map((line) => `${line}\r\n`)].join("");
}

/** A request within a dialog: of whoever is in it, or of somebody who has heard its names. */
function goOn(p: Play): void {
  const { dialogs, random } = p;
  if (dialogs.length === 0) return;
  const known = random.pick(dialogs);
  const at = random.below(10) === 0 ? anotherAt(known.at, random) : known.at;
  say(p, at, perhapsMutated(inDialog({ ...known, at }, random), random));
}

/** The same packet once more, from the same place or another. */
function again(p: Play): void {
  if (p.inputs.length === 0) return;
  const { from, text, hasPassword } = p.random.pick(p.inputs.slice(-20));
  const at = p.random.below(6) === 0 ? anotherAt(from, p.random) : from;
  say(p, at, text, hasPassword && at === from);
}

/** Somebody else on the same side: the names of its transactions and dialogs are a secret between it and the edge. */
function anotherAt(at: string, random: Random): string {
  return random.pick(PARTIES.filter((other) => isInside(other) === isInside(at)));
}

function cancel(p: Play): void {
  const invites = p.inputs.filter((i) => i.text.startsWith("INVITE "));
  if (invites.length === 0) return;
  const { from, text } = p.random.pick(invites.slice(-5));
  say(p, from, perhapsMutated(follow(text, p.random.pick(["CANCEL", "CANCEL", "ACK"])), p.random));
}
