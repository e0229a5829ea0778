import { isTrouble, type Trouble } from "../base/index.ts";
import { type Facts, inspectPair, inspectTrust, type Pair } from "./check.ts";
import { ownPair, readPem, writeOwnPair } from "./files.ts";

/** Where certificates come from. Paths are absolute. */
export interface CertificateSources {
  readonly state: string;
  /** What the self-signed one is for, the first first: own domains, then other names of this machine. */
  readonly names: readonly string[];
  /** How many of them are domains: without those in it, the self-signed one is made anew. */
  readonly domains: number;
  readonly files: readonly { readonly domain: string; readonly cert: string; readonly key: string }[];
  /** The file that an authority's certificate lies in, once it was issued, and what it is for; undefined where none is asked. */
  readonly issued?: { readonly domain: string; readonly file: string } | undefined;
  /** What peers with rules of their own are held against; "" for none. */
  readonly peers: readonly { readonly name: string; readonly ca: string; readonly crl: string }[];
}

/** A certificate that is served. */
export interface Served extends Pair {
  readonly domain: string;
  readonly names: readonly string[];
}

/** One certificate as `status` shows it. */
export interface CertificateView {
  readonly domain: string;
  readonly file: string;
  readonly selfSigned: boolean;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly notAfter: number;
  /** Why what lies in the file now is not what is served. */
  readonly trouble: Trouble | null;
}

/** Authorities and revocation list of one peer. */
export interface Trust {
  readonly name: string;
  readonly ca: string;
  readonly crl: string;
  /** When the list has to be followed by another, wall milliseconds: from then on nobody's certificate is taken. Null: it does not say, or there is none. */
  readonly until: number | null;
}

/** One revocation list as `status` shows it. */
export interface ListView {
  readonly peer: string;
  readonly file: string;
  readonly until: number;
}

type EndOfLists = (pem: string) => number | null;

interface Slot {
  readonly domain: string;
  readonly paths: { readonly cert: string; readonly key: string };
  readonly selfSigned: boolean;
  pair: Pair;
  facts: Facts;
  trouble: Trouble | null;
}

/** All certificates in use, and the files they came from. */
export interface Keeper {
  served(): Served[];
  trusts(): Trust[];
  views(): CertificateView[];
  /** Revocation lists that end. */
  lists(): ListView[];
  /** Troubles of the last reading: of certificates and of peers. */
  troubles(): Trouble[];
  /** What the certificate of the authority says; undefined while there is none. */
  issued(): Facts | undefined;
  /** Reads all files again. What is broken stays as it was; the answer says of each. */
  reload(): readonly Trouble[];
}

/** A self-signed certificate is made anew this long before its end. */
const RENEW_MS = 30 * 86_400_000;

/** Reads every certificate; a broken one is a trouble, since there is no older one to go on with. Makes our own where none is named. */
export async function openCertificates(sources: CertificateSources, now: number): Promise<Keeper | Trouble> {
  const slots: Slot[] = [];
  for (const { domain, cert, key } of sources.files) {
    const slot = readSlot(domain, { cert, key }, false);
    if (isTrouble(slot)) return unstarted(slot);
    slots.push(slot);
  }
  const issued = readIssued(sources);
  if (issued !== undefined) slots.push(issued);
  if (slots.length === 0) {
    const slot = await ownSlot(sources, now);
    if (isTrouble(slot)) return slot;
    slots.push(slot);
  }
  const trusts: { current: Trust; trouble: Trouble | null }[] = [];
  const endOf = await listReader(sources.peers);
  for (const peer of sources.peers) {
    const trust = readTrust(peer, endOf);
    if (isTrouble(trust)) return unstarted(trust);
    trusts.push({ current: trust, trouble: null });
  }
  return keeperOf(sources, slots, trusts, endOf);
}

/** What a reading of the files would find now; for `doctor`. */
export async function checkFiles(files: CertificateSources["files"], peers: CertificateSources["peers"]) {
  const slots = files.map(({ domain, cert, key }) => readSlot(domain, { cert, key }, false));
  const endOf = await listReader(peers);
  const trusts = peers.map((peer) => readTrust(peer, endOf));
  return {
    certificates: slots.filter((s): s is Slot => !isTrouble(s)).map(viewOf),
    lists: listsOf(
      trusts.filter((t): t is Trust => !isTrouble(t)),
      peers,
    ),
    troubles: [...slots, ...trusts].filter(isTrouble),
  };
}

function keeperOf(
  sources: CertificateSources,
  slots: Slot[],
  trusts: readonly { current: Trust; trouble: Trouble | null }[],
  endOf: EndOfLists,
): Keeper {
  const troubles = (): Trouble[] => [...slots, ...trusts].flatMap((s) => (s.trouble === null ? [] : [s.trouble]));
  return {
    served: () =>
      slots.map((s) => ({ ...s.pair, domain: s.domain, names: [...new Set([s.domain, ...s.facts.names])] })),
    trusts: () => trusts.map((t) => t.current),
    views: () => slots.map(viewOf),
    lists: () =>
      listsOf(
        trusts.map((t) => t.current),
        sources.peers,
      ),
    troubles,
    issued: () => slots.find((s) => s.paths.cert === sources.issued?.file)?.facts,
    reload: () => {
      takeIssued(sources, slots);
      for (const slot of slots) {
        const read = readSlot(slot.domain, slot.paths, slot.selfSigned);
        slot.trouble = isTrouble(read) ? read : null;
        if (isTrouble(read)) continue;
        slot.pair = read.pair;
        slot.facts = read.facts;
      }
      trusts.forEach((trust, i) => {
        const read = readTrust(sources.peers[i], endOf);
        trust.trouble = isTrouble(read) ? read : null;
        if (!isTrouble(read)) trust.current = read;
      });
      return troubles();
    },
  };
}

/** The first certificate of the authority ends the service of the self-signed one. */
function takeIssued(sources: CertificateSources, slots: Slot[]): void {
  if (slots.some((s) => s.paths.cert === sources.issued?.file)) return;
  const issued = readIssued(sources);
  if (issued === undefined) return;
  if (slots[0].selfSigned) slots.length = 0;
  slots.push(issued);
}

/** What is broken there is as good as nothing: it is ordered anew. */
function readIssued({ issued }: CertificateSources): Slot | undefined {
  if (issued === undefined) return undefined;
  const slot = readSlot(issued.domain, { cert: issued.file, key: issued.file }, false);
  return isTrouble(slot) ? undefined : slot;
}

function readSlot(domain: string, paths: Slot["paths"], selfSigned: boolean): Slot | Trouble {
  const what = selfSigned ? "the self-signed certificate" : `the certificate of ${domain}`;
  const cert = readPem(what, paths.cert);
  if (isTrouble(cert)) return cert;
  const key = readPem(what, paths.key);
  if (isTrouble(key)) return key;
  const pair = { cert, key };
  const facts = inspectPair(what, pair);
  return isTrouble(facts) ? facts : { domain, paths, selfSigned, pair, facts, trouble: null };
}

/** Our own pair: what lies in the state when it is whole, for these domains and not about to end; else a new one. */
async function ownSlot(sources: CertificateSources, now: number): Promise<Slot | Trouble> {
  const { state, names } = sources;
  const paths = ownPair(state);
  const old = readSlot(names[0], paths, true);
  const wanted = names.slice(0, sources.domains);
  if (!isTrouble(old) && old.facts.notAfter - now > RENEW_MS && wanted.every((n) => old.facts.names.includes(n)))
    return old;
  // Only here: it is large, and seldom needed.
  const { makeSelfSigned } = await import("./self-signed.ts");
  const fault = writeOwnPair(state, await makeSelfSigned(names, now));
  return fault ?? readSlot(names[0], paths, true);
}

/** Its package is large, and seldom needed. */
async function listReader(peers: CertificateSources["peers"]): Promise<EndOfLists> {
  return peers.some(({ crl }) => crl !== "") ? (await import("./revocation.ts")).endOfLists : () => null;
}

function listsOf(trusts: readonly Trust[], peers: CertificateSources["peers"]): ListView[] {
  return trusts.flatMap(({ name, until }) => {
    const file = peers.find((peer) => peer.name === name)?.crl ?? "";
    return until === null ? [] : [{ peer: name, file, until }];
  });
}

function readTrust({ name, ca, crl }: CertificateSources["peers"][number], endOf: EndOfLists): Trust | Trouble {
  const what = `peer ${name}`;
  const authorities = ca === "" ? "" : readPem(what, ca);
  if (isTrouble(authorities)) return authorities;
  const revoked = crl === "" ? "" : readPem(what, crl);
  if (isTrouble(revoked)) return revoked;
  const fault = inspectTrust(what, authorities, revoked);
  return fault ?? { name, ca: authorities, crl: revoked, until: revoked === "" ? null : endOf(revoked) };
}

function viewOf({ domain, paths, selfSigned, facts, trouble }: Slot): CertificateView {
  const { names, issuer, notAfter } = facts;
  return { domain, file: paths.cert, selfSigned, names, issuer, notAfter, trouble };
}

/** At a start there is nothing to go on with. */
function unstarted(t: Trouble): Trouble {
  return {
    ...t,
    safe: "nothing was started; accounts and registrations are as they were",
    next: "correct [[tls.certificate]] or the files it names, then `bin/rempart config check` and start again",
  };
}
