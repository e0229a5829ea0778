import { X509Certificate } from "node:crypto";
import { type Section, type Setting, settingOf } from "../../asterisk/index.ts";
import { pjsipOf } from "./accounts-of.ts";
import { changed } from "./edit.ts";
import { pathOf } from "./open.ts";
import type { Row, Told } from "./row.ts";
import type { Site } from "./site.ts";
import { isOn, lastOf } from "./value.ts";

const DAY = 86_400_000;
const SOON = 30;
const [BEGIN, END] = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"];
const LARGEST = 65_536;
const SMALLEST_RSA = 2_048;
/** TLS 1.2 and 1.3 are what is left (RFC 8996 took 1.0 and 1.1 out). */
const OLD = /^(?:sslv2|sslv3|sslv23|tlsv1|tlsv1_1|tlsv1\.1)$/i;
const WEAK =
  /^(?:adh|aecdh|anull|enull|null|exp|export|low|rc4|des|3des|md5|all|complementofall|complementofdefault)\b/i;

/** The sections that speak TLS, with the names that their file gives to things. */
function servers(site: Site): readonly Section[] {
  const general = (file: string, module?: string): Section[] => {
    const section = module === undefined || site.runs(module, file) ? site.section(file, "general") : undefined;
    return section !== undefined && isOn(settingOf(section, "tlsenable"), false) ? [section] : [];
  };
  const pjsip = pjsipOf(site, "transport").filter((s) => /^(?:tls|wss)$/i.test(settingOf(s, "protocol") ?? ""));
  return [...pjsip, ...general("sip.conf", "chan_sip"), ...general("manager.conf"), ...general("http.conf")];
}

function weakCiphers(setting: Setting): string[] {
  const all = setting.value.split(/[:,\s]+/, 500);
  // "!RC4" and "-RC4" take it out; ADH and NULL within a name say the same as in front of it.
  return all.filter(
    (c) => !/^[!-]/.test(c) && (WEAK.test(c.replace(/^\+/, "")) || /-(?:null|rc4|des|md5)\b|^adh|^aecdh/i.test(c)),
  );
}

interface Certificate {
  readonly setting: Setting;
  readonly read: X509Certificate;
}

/** Certificates that the configuration names and that were handed in with it, each once: it may serve very many endpoints. */
function certificates(site: Site): readonly Certificate[] {
  const found: Certificate[] = [];
  const seen = new Set<string>();
  for (const section of [...servers(site), ...pjsipOf(site, "endpoint")]) {
    const setting = lastOf(section, "cert_file", "tlscertfile", "dtls_cert_file");
    if (setting === undefined || seen.has(setting.value)) continue;
    seen.add(setting.value);
    const path = pathOf(setting.value, site.input.folder);
    const text = path === undefined ? undefined : site.input.files.get(path)?.text;
    const read = text === undefined ? undefined : firstCertificate(text);
    if (read !== undefined) found.push({ setting, read });
    else if (text !== undefined) site.miss(`${setting.file}:${setting.line}: the certificate cannot be read`);
    else site.miss(`${setting.file}:${setting.line}: the certificate is not among the files: not looked at`);
  }
  return found;
}

function firstCertificate(text: string): X509Certificate | undefined {
  const from = text.indexOf(BEGIN);
  const to = from < 0 ? -1 : text.indexOf(END, from);
  return to < 0 || to - from > LARGEST ? undefined : parsed(text.slice(from, to + END.length));
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

export const TLS: readonly Row[] = [
  {
    rule: {
      id: "tls-old-version",
      severity: "medium",
      title: "An old TLS version is allowed",
      why: "SSL 3, TLS 1.0 and 1.1 have known breaks, and whoever is on the way makes both sides fall back to them.",
      fix: "PJSIP: method=tlsv1_2 or tlsv1_3. chan_sip, manager, HTTP: tlsdisablev1=yes and tlsdisablev11=yes, and no tlsclientmethod.",
      see: ["tls-old"],
    },
    check: (site) =>
      servers(site).flatMap((section): Told[] => {
        const old = lastOf(section, "method", "tlsclientmethod");
        const kept = ["tlsdisablev1", "tlsdisablev11"]
          .map((k) => lastOf(section, k))
          .find((s) => s && !isOn(s.value, true));
        const setting = old !== undefined && OLD.test(old.value) ? old : kept;
        if (setting === undefined) return [];
        const edits = changed(site, setting, setting === kept ? "yes" : "tlsv1_2");
        const says = `[${section.name}]: ${setting.key}=${setting.value}`;
        return [
          {
            at: setting,
            says,
            key: `${setting.file}/${section.name}/${setting.key}`,
            edits: setting.key === "tlsclientmethod" ? [] : edits,
          },
        ];
      }),
  },
  {
    rule: {
      id: "tls-weak-cipher",
      severity: "medium",
      title: "Weak ciphers are allowed",
      why: "ADH and NULL prove nobody's name or hide nothing, RC4, DES and export ciphers are broken: the padlock is painted on.",
      fix: "Leave cipher out (the defaults of OpenSSL hold), or name ECDHE with AES-GCM and CHACHA20 alone.",
      see: ["tls-old"],
    },
    check: (site) =>
      servers(site).flatMap((section): Told[] => {
        const setting = lastOf(section, "cipher", "tlscipher");
        const weak = setting === undefined ? [] : weakCiphers(setting);
        if (setting === undefined || weak.length === 0) return [];
        const says = `[${section.name}]: ${setting.key} allows ${weak.slice(0, 5).join(", ")}`;
        const better = "ECDHE+AESGCM:ECDHE+CHACHA20";
        // PJSIP takes names of single ciphers, parted by commas.
        const edits = setting.key === "tlscipher" ? changed(site, setting, better) : [];
        return [{ at: setting, says, key: `${setting.file}/${section.name}/${setting.key}`, edits }];
      }),
  },
  {
    rule: {
      id: "tls-not-verified",
      severity: "low",
      title: "The other side's certificate is not checked",
      why: "Any certificate will do: whoever is on the way to the carrier answers in its place and has the password and the calls.",
      fix: "PJSIP: verify_server=yes with ca_list_file. chan_sip: tlsdontverifyserver=no with tlscafile.",
      see: [],
    },
    check: (site) =>
      servers(site).flatMap((section): Told[] => {
        const off = lastOf(section, "verify_server");
        const blind = lastOf(section, "tlsdontverifyserver");
        const setting = blind !== undefined && isOn(blind.value, false) ? blind : off;
        if (setting === undefined || (setting === off && isOn(off.value, false))) return [];
        const edits = changed(site, setting, setting === off ? "yes" : "no");
        return [
          {
            at: setting,
            says: `[${section.name}]: ${setting.key}=${setting.value}`,
            key: `${setting.file}/${section.name}/${setting.key}`,
            edits,
          },
        ];
      }),
  },
  {
    rule: {
      id: "certificate-expired",
      severity: "high",
      title: "A certificate has expired or soon will",
      why: "Phones that check refuse the connection; people then turn the check off, and from then on anybody is believed.",
      fix: "Order a new certificate and let it be renewed by itself (ACME).",
      see: ["tls-certificate", "[tls.acme]"],
    },
    check: (site) =>
      certificates(site).flatMap(({ setting, read }): Told[] => {
        const left = Math.floor((Date.parse(read.validTo) - site.input.now) / DAY);
        if (!(left < SOON)) return [];
        const says =
          left < 0
            ? `the certificate expired ${-left} days ago (${read.validTo})`
            : `the certificate expires in ${left} days (${read.validTo})`;
        return [{ at: setting, severity: left < 0 ? "high" : "low", says, key: `${setting.file}/certificate-expired` }];
      }),
  },
  {
    rule: {
      id: "certificate-weak",
      severity: "medium",
      title: "A certificate's key is small",
      why: "RSA keys under 2048 bits are within reach of who has machines and time.",
      fix: "Order a new certificate with an ECDSA key (P-256), or RSA of 2048 bits or more.",
      see: ["tls-certificate"],
    },
    check: (site) =>
      certificates(site).flatMap(({ setting, read }): Told[] => {
        const key = read.publicKey;
        const bits = key.asymmetricKeyType === "rsa" ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : SMALLEST_RSA;
        if (bits >= SMALLEST_RSA) return [];
        return [
          {
            at: setting,
            says: `the certificate has an RSA key of ${bits} bits`,
            key: `${setting.file}/certificate-weak`,
          },
        ];
      }),
  },
];
