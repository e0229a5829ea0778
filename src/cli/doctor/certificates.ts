import { existsSync } from "node:fs";
import { acmePlace, checkFiles } from "../../certificates/index.ts";
import type { Config } from "../../config/index.ts";
import { expiryText } from "../print.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** Whether a certificate should be renewed by now: most authorities' tools do so 30 days before its end. */
const SOON = 14 * 86_400_000;

/** Lists of revoked certificates are renewed by the day or the week. */
const LIST_SOON = 86_400_000;

/** The files of [[tls.certificate]] as a start or a reload would find them. */
export async function certificates(config: Config): Promise<Finding> {
  const uses = config.sip.listen.some((l) => l.transport === "tls" || l.transport === "wss");
  if (!uses) return ok("tls", "no listener uses it");
  const issued = issuedFiles(config);
  const files = await checkFiles([...config.tls.certificates, ...issued], config.tls.peers);
  if (files.troubles.length > 0) {
    const [first] = files.troubles;
    return fail("tls", `${first.what} [${first.code}]`, first.next);
  }
  const now = Date.now();
  const list = files.lists.toSorted((a, b) => a.until - b.until).at(0);
  if (list !== undefined && list.until - now < LIST_SOON) {
    const words = `the revocation list of peer ${list.peer} (${list.file}): ${expiryText(list.until, now)}`;
    const next = "get the new one from its authority, then rempart tls reload";
    return list.until < now
      ? fail("tls", `${words}; until then no certificate of that peer is taken`, next)
      : warn("tls", words, next);
  }
  if (config.tls.acme !== undefined && issued.length === 0) {
    return warn("tls", "the authority has issued no certificate yet", "see why: rempart status");
  }
  if (files.certificates.length === 0) {
    return ok("tls", "a self-signed certificate: phones that ask who signed will not take it (docs/tls.md)");
  }
  const first = files.certificates.reduce((a, b) => (a.notAfter < b.notAfter ? a : b));
  const ordered = issued.some((i) => i.cert === first.file);
  const words = `${first.domain}: ${expiryText(first.notAfter, now)}`;
  if (first.notAfter < now) return fail("tls", words, ordered ? RENEW : "renew it, then rempart tls reload");
  // One that we order is renewed when its time has come, however short its life.
  if (ordered) return ok("tls", words);
  return first.notAfter - now < SOON
    ? warn("tls", words, "see why it was not renewed, then rempart tls reload")
    : ok("tls", words);
}

const RENEW = "see why it was not renewed: rempart status; then rempart tls renew";

/** What an authority has issued for us; nothing where none is asked or none was issued. */
function issuedFiles({ tls, state }: Config) {
  if (tls.acme === undefined) return [];
  const file = acmePlace(state, tls.acme.directory).certificate;
  return existsSync(file) ? [{ domain: tls.acme.domains[0], cert: file, key: file }] : [];
}
