import { X509Certificate } from "node:crypto";
import type { Row, Site, Told } from "./row.ts";
import { hasModule, paramOf } from "./script.ts";
import type { Spot } from "./token.ts";

const DAY = 86_400_000;
const SOON = 21;
const OLD = /^(?:SSLv2|SSLv3|SSLv23|TLSv1\+?|TLSv1\.1\+?)$/i;
const WEAK =
  /^(?:ADH|AECDH|aNULL|eNULL|NULL|EXP|EXPORT\d*|LOW|RC4|DES|3DES|MD5|ALL|COMPLEMENTOFALL)(?:\b|$)|-(?:NULL|RC4|DES|MD5)\b/i;

/** One line of tls.cfg, or a parameter of the module. */
interface Line {
  /** "server:default", "client:any"; empty for parameters, which hold for both. */
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly at: Spot;
  /** The line with another value; undefined where it cannot be changed as a line. */
  readonly fixed: (value: string) => Told["edits"];
}

function tlsFile(site: Site): string {
  const path = paramOf(site.script, "tls", "config")?.value ?? "tls.cfg";
  return path.replace(/^.*\//, "");
}

/** Everything that the module is told, from both places. */
function lines(site: Site): readonly Line[] {
  if (!hasModule(site.script, "tls")) return [];
  const found: Line[] = site.script.modparams
    .filter((p) => p.modules.split("|").includes("tls"))
    .map((p) => ({
      section: "",
      name: p.name.replace(/^tls_method$/, "method"),
      value: p.value,
      at: p.spot,
      fixed: () => [],
    }));
  const file = tlsFile(site);
  const text = site.input.files.get(file)?.text;
  if (text === undefined) {
    site.miss(`${file} is not among the files: how TLS is set up was not looked at.`);
    return found;
  }
  let section = "";
  text.split("\n").forEach((raw, i) => {
    const head = /^\s*\[\s*([\w.:[\]-]{1,100}?)\s*\]\s*(?:#.*)?$/.exec(raw);
    if (head !== null) section = head[1].toLowerCase();
    const line = /^(\s*(\w{1,64})\s*=\s*)("[^"]*"|[^#\s]*)(.*)$/.exec(raw);
    if (line === null || head !== null) return;
    const at = { file, line: i + 1 };
    const fixed = (value: string): Told["edits"] => [{ ...at, count: 1, lines: [`${line[1]}${value}${line[4]}`] }];
    found.push({ section, name: line[2], value: line[3].replace(/^"|"$/g, ""), at, fixed });
  });
  return found;
}

function told(line: Line, says: string, edits: Told["edits"] = []): Told {
  return { at: line.at, says, key: `${line.at.file}/${line.section}/${line.name}`, edits };
}

function shownSection({ section }: Line): string {
  return section === "" ? "" : `[${section}] `;
}

export const TLS: readonly Row[] = [
  {
    rule: {
      id: "kamailio-tls-old",
      severity: "medium",
      title: "Old versions of TLS are allowed",
      why: "SSL 3, TLS 1.0 and 1.1 have known breaks (RFC 8996), and whoever is on the way makes both sides fall back to them.",
      fix: "method = TLSv1.2+",
      see: ["tls-old"],
    },
    check: (site) =>
      lines(site)
        .filter((l) => l.name === "method" && OLD.test(l.value))
        .map((l) => told(l, `${shownSection(l)}method = ${l.value}`, l.fixed("TLSv1.2+"))),
  },
  {
    rule: {
      id: "kamailio-tls-unverified",
      severity: "medium",
      title: "Certificates of other servers are not verified",
      why: "Kamailio calls a carrier over TLS and takes any certificate: whoever is on the way is the carrier, and hears all.",
      fix: "In client sections, verify_certificate = yes and ca_list with the authorities.",
      see: [],
    },
    check: (site) =>
      lines(site)
        .filter(
          (l) => l.section.startsWith("client") && l.name === "verify_certificate" && /^(?:no|off|0)$/i.test(l.value),
        )
        .map((l) => told(l, `${shownSection(l)}verify_certificate = ${l.value}`, l.fixed("yes"))),
  },
  {
    rule: {
      id: "kamailio-tls-weak-cipher",
      severity: "medium",
      title: "Weak ciphers are allowed",
      why: "ADH and NULL prove nobody's name or hide nothing, RC4, DES and export ciphers are broken.",
      fix: "Leave cipher_list out, or name ECDHE with AES-GCM and CHACHA20 alone.",
      see: ["tls-old"],
    },
    check: (site) =>
      lines(site).flatMap((l) => {
        if (l.name !== "cipher_list") return [];
        const weak = l.value.split(/[:,\s]+/, 500).filter((c) => !/^[!-]/.test(c) && WEAK.test(c.replace(/^\+/, "")));
        return weak.length === 0 ? [] : [told(l, `${shownSection(l)}cipher_list has ${weak.slice(0, 5).join(", ")}`)];
      }),
  },
  {
    rule: {
      id: "kamailio-tls-certificate",
      severity: "high",
      title: "The certificate has ended, or will soon",
      why: "Phones that look at it no longer register; those that do not were never safe.",
      fix: "Renew it, and see that it is renewed by itself.",
      see: ["tls-certificate"],
    },
    check: (site) => lines(site).flatMap((l) => (l.name === "certificate" ? certificate(site, l) : [])),
  },
  {
    rule: {
      id: "kamailio-tls-key-readable",
      severity: "high",
      title: "Everybody on this machine can read the private key",
      why: "Who has it speaks as this server, and reads what was recorded where no forward secrecy was in use.",
      fix: "chmod 640, group kamailio.",
      see: [],
    },
    check: (site) =>
      lines(site).flatMap((l): Told[] => {
        const mode = l.name === "private_key" ? fileOf(site, l.value)?.mode : undefined;
        return mode === undefined || (mode & 0o004) === 0
          ? []
          : [told(l, `${l.value} has mode ${(mode & 0o777).toString(8)}.`)];
      }),
  },
];

/** A file that is named with its whole path, when it is below the folder. */
function fileOf(site: Site, path: string): { readonly text: string; readonly mode?: number } | undefined {
  const folder = `${site.input.folder.replace(/\/+$/, "")}/`;
  const key = path.startsWith(folder) ? path.slice(folder.length) : path.replace(/^\.\//, "");
  return site.input.files.get(key);
}

function certificate(site: Site, line: Line): Told[] {
  const text = fileOf(site, line.value)?.text;
  const pem = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,65536}-----END CERTIFICATE-----/.exec(
    text?.slice(0, 262_144) ?? "",
  );
  const read = pem === null ? undefined : parsed(pem[0]);
  if (read === undefined) {
    site.miss(
      `${line.at.file}:${line.at.line}: the certificate ${line.value} is not among the files, or cannot be read.`,
    );
    return [];
  }
  const days = Math.floor((Date.parse(read.validTo) - site.input.now) / DAY);
  if (!(days < SOON)) return [];
  if (days < 0) return [told(line, `${line.value} ended ${-days} days ago.`)];
  return [{ ...told(line, `${line.value} ends in ${days} days.`), severity: "low" }];
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
