import { checkFiles } from "../../certificates/index.ts";
import type { Config } from "../../config/index.ts";
import { expiryText } from "../print.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** Whether a certificate should be renewed by now: most authorities' tools do so 30 days before its end. */
const SOON = 14 * 86_400_000;

/** The files of [[tls.certificate]] as a start or a reload would find them. */
export function certificates(config: Config): Finding {
  const uses = config.sip.listen.some((l) => l.transport === "tls" || l.transport === "wss");
  if (!uses) return ok("tls", "no listener uses it");
  const files = checkFiles(config.tls.certificates, config.tls.peers);
  if (files.troubles.length > 0) {
    const [first] = files.troubles;
    return fail("tls", `${first.what} [${first.code}]`, first.next);
  }
  if (config.tls.certificates.length === 0) {
    return ok("tls", "a self-signed certificate: phones that ask who signed will not take it (docs/tls.md)");
  }
  const now = Date.now();
  const first = files.certificates.reduce((a, b) => (a.notAfter < b.notAfter ? a : b));
  const words = `${first.domain}: ${expiryText(first.notAfter, now)}`;
  if (first.notAfter < now) return fail("tls", words, "renew it, then rempart tls reload");
  return first.notAfter - now < SOON
    ? warn("tls", words, "see why it was not renewed, then rempart tls reload")
    : ok("tls", words);
}
