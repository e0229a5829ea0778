import * as z from "zod/mini";
import { canonicalIp } from "../base/index.ts";
import type { Fault } from "./faults.ts";
import { FILE, list, table, text } from "./shapes.ts";
import { DOMAIN, LISTEN_ADDRESS } from "./syntax.ts";

/** `[tls.acme]`: certificates that an authority issues by itself (RFC 8555). */
export interface AcmeConfig {
  /** Lower case; one certificate is for all of them. */
  readonly domains: readonly string[];
  /** Empty for none. */
  readonly email: string;
  /** URL of the authority's directory. */
  readonly directory: string;
  /** Where the authority's question arrives: canonical address and port. */
  readonly address: string;
  readonly port: number;
  /** Absolute path of the authorities that vouch for the directory; empty for the well-known ones. */
  readonly ca: string;
}

const PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory";
const STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";

const PUBLIC_NAME = { expected: "a public name such as pbx.example.org", test: isPublicName };
const EMAIL = {
  expected: "a mail address such as admin@example.org",
  test: (mail: string) => mail.length <= 254 && /^[\w.+-]+@[a-z0-9.-]+$/i.test(mail),
};
const DIRECTORY = {
  expected: '"staging" or the https URL of a directory',
  test: (url: string) => url === "staging" || (url.startsWith("https://") && URL.canParse(url) && !url.includes("@")),
};
const AGREED = "true, which says that you agree to the terms of the authority";

export const ACME = table({
  domains: z.optional(list(text(PUBLIC_NAME), "a list of public names")),
  email: z.optional(text(EMAIL)),
  directory: z._default(text(DIRECTORY), PRODUCTION),
  listen: z.optional(text(LISTEN_ADDRESS)),
  agree_tos: z.literal(true, { error: AGREED }),
  ca: z.optional(text(FILE)),
});

/** What `[tls.acme]` leaves open: own domains that were written, whether there is IPv6, and where paths begin. */
export interface AcmeAround {
  readonly domains: readonly string[];
  readonly ipv6: boolean;
  readonly resolve: (path: string) => string;
}

/** Completes `[tls.acme]`. */
export function buildAcme(raw: z.infer<typeof ACME>, around: AcmeAround): AcmeConfig {
  // Authorities ask over IPv6 first where a name has such an address; one socket on [::] answers both families.
  const listen = raw.listen ?? (around.ipv6 ? "[::]:80" : "0.0.0.0:80");
  const { address, port } = LISTEN_ADDRESS.read(listen) ?? { address: "0.0.0.0", port: 80 };
  return {
    domains: raw.domains?.map((d) => DOMAIN.read(d) ?? d) ?? around.domains.filter(isPublicName),
    email: raw.email ?? "",
    directory: raw.directory === "staging" ? STAGING : raw.directory,
    address,
    port,
    ca: raw.ca === undefined ? "" : around.resolve(raw.ca),
  };
}

/** What no single value of it shows; `secure`: something listens for TLS. */
export function acmeFaults(acme: AcmeConfig | undefined, secure: boolean): Fault[] {
  if (acme === undefined) return [];
  const faults: Fault[] = [];
  if (!secure) {
    const expected = 'a [[sip.listen]] with transport = "tls" or "wss" to show the certificate';
    faults.push({ path: ["tls", "acme"], found: "no listener for TLS", expected });
  }
  if (acme.domains.length === 0) {
    const expected = "a list of public names, since sip.domains has none";
    faults.push({ path: ["tls", "acme", "domains"], found: "none", expected });
  }
  // Authorities put at most 100 names into one certificate.
  if (acme.domains.length > 100) {
    const expected = "at most 100 names";
    faults.push({ path: ["tls", "acme", "domains"], found: `${acme.domains.length} names`, expected });
  }
  return faults;
}

/** The table as a file says it. */
export function showAcme({ domains, email, directory, address, port, ca }: AcmeConfig) {
  return {
    domains,
    ...(email === "" ? {} : { email }),
    directory,
    listen: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    agree_tos: true,
    ...(ca === "" ? {} : { ca }),
  };
}

function isPublicName(name: string): boolean {
  return name.includes(".") && canonicalIp(name) === undefined && DOMAIN.test(name);
}
