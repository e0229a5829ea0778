import { createPrivateKey, generateKeyPair } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import * as acme from "acme-client";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { inspectPair } from "../check.ts";
import { openListener } from "./listener.ts";
import { keep, kept, type Place } from "./place.ts";

/** What is asked of which authority. `ca` is an absolute path or empty. */
export interface AcmeSources {
  readonly domains: readonly string[];
  readonly email: string;
  readonly directory: string;
  readonly address: string;
  readonly port: number;
  readonly ca: string;
}

const SAFE = "the certificate in use stays in use; calls go on";
/** One conversation, all in all. */
const ORDER_MS = 300_000;
const REQUEST_MS = 30_000;
const ANSWER_BYTES = 1_048_576;
const WORDS = 400;

/** One order from the account to the certificate, which is written to its place. */
export async function orderCertificate(sources: AcmeSources, place: Place): Promise<Trouble | undefined> {
  const signal = AbortSignal.timeout(ORDER_MS);
  const accountKey = await accountKeyOf(place);
  if (isTrouble(accountKey)) return accountKey;
  const fault = prepareHttp(sources.ca, signal);
  if (fault !== undefined) return fault;
  const answers = new Map<string, string>();
  const listener = await openListener(sources.address, sources.port, answers);
  if (isTrouble(listener)) return listener;
  try {
    const client = new acme.Client({ directoryUrl: sources.directory, accountKey });
    const bundle = await converse(client, sources, answers, signal);
    return inspectBundle(sources, bundle) ?? keep(place, place.certificate, bundle);
  } catch (error) {
    return refused(sources, error);
  } finally {
    listener.close();
  }
}

/** RFC 8555 7.1.6: order, authorizations, finalize, certificate. Gives chain and key. */
async function converse(
  client: acme.Client,
  { domains, email }: AcmeSources,
  answers: Map<string, string>,
  signal: AbortSignal,
): Promise<string> {
  // RFC 8555 7.3.1: a key that has an account already is answered with that account.
  const contact = email === "" ? {} : { contact: [`mailto:${email}`] };
  await client.createAccount({ termsOfServiceAgreed: true, ...contact });
  const order = await client.createOrder({ identifiers: domains.map((value) => ({ type: "dns", value })) });
  for (const authorization of await client.getAuthorizations(order)) {
    if (authorization.status === "valid") continue;
    const challenge = authorization.challenges.find((c) => c.type === "http-01");
    if (challenge === undefined) throw new Error(`${authorization.identifier.value}: no http-01 challenge is offered`);
    answers.set(challenge.token, await client.getChallengeKeyAuthorization(challenge));
    await client.completeChallenge(challenge);
  }
  const judged = await settled(
    () => client.getAuthorizations(order),
    (all) => all.every((a) => a.status !== "pending") || all.some((a) => a.status === "invalid"),
    signal,
  );
  for (const each of judged)
    if (each.status !== "valid" && each.status !== "pending") throw new Error(whyInvalid(each));
  const key = await newKey();
  const [, csr] = await acme.crypto.createCsr({ altNames: [...domains] }, key);
  await client.finalizeOrder(order, csr);
  const ended = await settled(
    () => client.getOrder(order),
    ({ status }) => status === "valid" || status === "invalid",
    signal,
  );
  if (ended.status !== "valid") throw new Error(wordsOf(ended.error) ?? "the order became invalid");
  return `${(await client.getCertificate(ended)).trim()}\n${key}`;
}

/** Asks until it is done, less and less often. */
async function settled<T>(ask: () => Promise<T>, done: (answer: T) => boolean, signal: AbortSignal): Promise<T> {
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    const answer = await ask();
    if (done(answer)) return answer;
    await setTimeout(wait, undefined, { signal });
  }
}

function whyInvalid({ identifier, status, challenges }: acme.Authorization): string {
  const words = challenges.map((c) => wordsOf(c.error)).find((w) => w !== undefined);
  return `${identifier.value}: ${words ?? `the authorization is ${status}`}`;
}

/** The `detail` of a problem document (RFC 7807). */
function wordsOf(problem: unknown): string | undefined {
  if (typeof problem !== "object" || problem === null || !("detail" in problem)) return undefined;
  return typeof problem.detail === "string" ? problem.detail : undefined;
}

/** The client's own HTTP with limits, and without its retries: they hide why nothing answered, and the schedule is ours. */
function prepareHttp(ca: string, signal: AbortSignal): Trouble | undefined {
  const { axios } = acme;
  axios.interceptors.request.clear();
  axios.interceptors.response.clear();
  Object.assign(axios.defaults, {
    timeout: REQUEST_MS,
    maxContentLength: ANSWER_BYTES,
    maxRedirects: 0,
    proxy: false,
    signal,
  });
  try {
    axios.defaults.httpsAgent = new Agent(ca === "" ? {} : { ca: readFileSync(ca) });
    return undefined;
  } catch (error) {
    const what = `the file of \`tls.acme.ca\`, ${ca}, cannot be read: ${(error as Error).message}`;
    return trouble("CERTIFICATE_UNREADABLE", what, SAFE, "let the daemon read it, then `bin/rempart tls renew`");
  }
}

async function accountKeyOf(place: Place): Promise<string | Trouble> {
  const old = kept(place.accountKey);
  if (old !== undefined && isKey(old)) return old;
  const key = await newKey();
  return keep(place, place.accountKey, key) ?? key;
}

/** What is no key was cut short or touched: an account more does no harm. */
function isKey(text: string): boolean {
  try {
    createPrivateKey(text);
    return true;
  } catch {
    return false;
  }
}

async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

/** Nothing that cannot be served takes the place of what is served. */
function inspectBundle({ directory, domains }: AcmeSources, bundle: string): Trouble | undefined {
  const facts = inspectPair("the certificate of the authority", { cert: bundle, key: bundle });
  const lacking = isTrouble(facts) ? [] : domains.filter((d) => !facts.names.includes(d));
  const why = isTrouble(facts) ? facts.what : lacking.length > 0 ? `it is not for ${lacking.join(", ")}` : undefined;
  if (why === undefined) return undefined;
  const what = `${directory} issued what cannot be used: ${why}`;
  return trouble("ACME_BROKEN", clean(what), SAFE, "ask whoever runs that authority, then `bin/rempart tls renew`");
}

function refused({ directory, domains }: AcmeSources, error: unknown): Trouble {
  const host = new URL(directory).host;
  const { name, code, message, isAxiosError } = error as Partial<Error> & { code?: string; isAxiosError?: boolean };
  const words = clean(message || code || String(error));
  if (isAxiosError === true || name === "AbortError") {
    const next =
      "see that this machine reaches the authority (and `tls.acme.directory` and `ca`), then `bin/rempart tls renew`";
    return trouble("ACME_UNREACHABLE", `the authority ${host} was not reached or did not finish: ${words}`, SAFE, next);
  }
  const next =
    "see that each name leads to this machine and port 80 to `tls.acme.listen`, then `bin/rempart tls renew`";
  return trouble("ACME_REFUSED", `no certificate for ${domains.join(", ")} from ${host}: ${words}`, SAFE, next);
}

/** A stranger's words, for one line of a terminal. */
function clean(words: string): string {
  return words.replace(/[^\x20-\x7e]+/g, " ").slice(0, WORDS);
}
