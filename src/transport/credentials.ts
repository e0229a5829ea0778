/** Everything that TLS listeners present and check, as PEM texts. It comes from the control thread and is replaced as a whole. */
export interface TlsCredentials {
  /** The first is for whoever asks for no name, or for a foreign one. Never empty. */
  readonly certificates: readonly CertificateAndKey[];
  /** 48 random bytes that seal session tickets; given anew from time to time, so that an old ticket opens nothing. */
  readonly ticketKeys: Uint8Array;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Peers with rules of their own; the first one that fits an address counts. */
  readonly peers: readonly TlsPeer[];
}

export interface CertificateAndKey {
  /** Lower case; "*.example.org" is for all names one label below. */
  readonly names: readonly string[];
  /** The chain, our own certificate first. */
  readonly cert: string;
  readonly key: string;
}

/** Who is asked for a certificate, and what it must be. */
export interface TlsPeer {
  readonly name: string;
  /** Addresses and networks such as 198.51.100.0/24. */
  readonly addresses: readonly string[];
  readonly ask: "none" | "want" | "require";
  /** Those who may have signed it; empty: the well-known authorities. */
  readonly ca: string;
  /** Empty: nothing is looked up. */
  readonly crl: string;
  readonly matchFrom: boolean;
}

/** The certificate for a name that was asked for; undefined when it is none of ours. */
export function certificateFor<T extends { readonly names: readonly string[] }>(
  all: readonly T[],
  name: string,
): T | undefined {
  const wanted = name.toLowerCase();
  const parent = `*${wanted.slice(Math.max(0, wanted.indexOf(".")))}`;
  return all.find((c) => c.names.includes(wanted)) ?? all.find((c) => c.names.includes(parent));
}

/**
 * Names that a certificate speaks for, lower case, from the subject and alternative names as Node prints them (undefined where there are none):
 * host names, addresses of mail and SIP ("user@host"). Quoted ones hold characters that no name of ours has, and are left out.
 */
export function certificateNames(subject = "", alternatives = ""): string[] {
  const names = new Set<string>();
  for (const part of alternatives.split(", ")) {
    const hit = /^(?:DNS|email|URI:sips?|IP Address):([^"\s]+)$/i.exec(part);
    if (hit) names.add(hit[1].toLowerCase());
  }
  // RFC 5922 7.1: the common name counts where there is no alternative name at all; beside them it is anybody's free text.
  if (alternatives !== "") return [...names];
  for (const line of subject.split("\n")) {
    const hit = /^CN=([^"\s+]+)$/.exec(line);
    if (hit) names.add(hit[1].toLowerCase());
  }
  return [...names];
}
