import * as z from "zod/mini";
import { ACME, type AcmeAround, type AcmeConfig, buildAcme, showAcme } from "./acme.ts";
import { choice, FILE, list, NAME, some, table, text } from "./shapes.ts";
import { CIDR, DOMAIN } from "./syntax.ts";

/** One `[[tls.certificate]]`. Paths are absolute. */
export interface CertificateConfig {
  readonly domain: string;
  readonly cert: string;
  readonly key: string;
}

/** One `[[tls.peer]]`: rules for those who come from, or are reached at, some addresses. */
export interface TlsPeerConfig {
  readonly name: string;
  /** Addresses, and networks such as 198.51.100.0/24, in their one spelling. */
  readonly address: readonly string[];
  readonly certificate: "none" | "want" | "require";
  /** Absolute paths; empty for none. */
  readonly ca: string;
  readonly crl: string;
  readonly matchFrom: boolean;
}

/** `[tls]` and `[ws]`. */
export interface TlsConfig {
  readonly minVersion: "1.2" | "1.3";
  /** Domains whose users must come by TLS. */
  readonly require: readonly string[];
  readonly certificates: readonly CertificateConfig[];
  readonly peers: readonly TlsPeerConfig[];
  /** Undefined: no authority is asked for certificates. */
  readonly acme: AcmeConfig | undefined;
}

export interface WebConfig {
  /** Origins as browsers send them, bare hosts, or "*"; empty: pages of own domains. */
  readonly origins: readonly string[];
}

const ORIGIN = {
  expected: 'an origin such as https://phone.example.org, a bare host, or "*"',
  test: (o: string) => o === "*" || DOMAIN.test(o) || (/^https?:\/\/[a-z0-9.[\]:-]+$/i.test(o) && URL.canParse(o)),
};

const certificate = table({ domain: text(DOMAIN), cert: text(FILE), key: text(FILE) });

const peer = table({
  name: text(NAME),
  address: some(text(CIDR), "a list of addresses and networks"),
  certificate: z._default(choice(["none", "want", "require"]), "require"),
  ca: z.optional(text(FILE)),
  crl: z.optional(text(FILE)),
  match_from: z._default(z.boolean({ error: "true or false" }), true),
});

export const TLS = table({
  min_version: z._default(choice(["1.2", "1.3"]), "1.2"),
  require: z._default(list(text(DOMAIN), "a list of own domains"), []),
  certificate: z._default(list(certificate, "tables [[tls.certificate]]"), []),
  peer: z._default(list(peer, "tables [[tls.peer]]"), []),
  acme: z.optional(ACME),
});

export const WS = table({ origins: z._default(list(text(ORIGIN), "a list of origins"), []) });

/** Completes `[tls]`. */
export function buildTls(raw: z.infer<typeof TLS>, around: AcmeAround): TlsConfig {
  const { resolve } = around;
  const path = (p: string | undefined): string => (p === undefined ? "" : resolve(p));
  return {
    minVersion: raw.min_version,
    require: raw.require.map((d) => DOMAIN.read(d) ?? d),
    certificates: raw.certificate.map((c) => ({
      domain: DOMAIN.read(c.domain) ?? c.domain,
      cert: resolve(c.cert),
      key: resolve(c.key),
    })),
    peers: raw.peer.map((p) => ({
      name: p.name,
      address: p.address.map((a) => CIDR.read(a) ?? a),
      certificate: p.certificate,
      ca: path(p.ca),
      crl: path(p.crl),
      matchFrom: p.match_from,
    })),
    acme: raw.acme && buildAcme(raw.acme, around),
  };
}

export function buildWeb(raw: z.infer<typeof WS>): WebConfig {
  // RFC 6454 6.1: browsers leave out the port that follows from the scheme.
  return { origins: raw.origins.map((o) => (o.includes("://") ? new URL(o).origin : o.toLowerCase())) };
}

/** The tables as a file says them. */
export function showTls({ minVersion, require, certificates, peers, acme }: TlsConfig) {
  return {
    min_version: minVersion,
    require,
    certificate: certificates,
    peer: peers.map(({ name, address, certificate: ask, ca, crl, matchFrom }) => ({
      name,
      address,
      certificate: ask,
      ...(ca === "" ? {} : { ca }),
      ...(crl === "" ? {} : { crl }),
      match_from: matchFrom,
    })),
    ...(acme === undefined ? {} : { acme: showAcme(acme) }),
  };
}
