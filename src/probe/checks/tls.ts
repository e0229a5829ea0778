import { once } from "node:events";
import { isIP } from "node:net";
import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { hostPort } from "../../base/index.ts";
import type { Rule } from "../../findings/index.ts";
import type { Check } from "../check.ts";
import { shown } from "../proof.ts";
import { logStep, type Session } from "../session.ts";
import type { Way } from "../target.ts";

const old: Rule = {
  id: "tls-old",
  severity: "medium",
  title: "It takes TLS 1.0 or 1.1",
  why: "Old versions have known holes, and an attacker in the middle can talk both sides into them (RFC 8996).",
  fix: "Asterisk: method=tlsv1_2 in the transport of pjsip.conf, tlsdisablev1 and tlsdisablev11 in sip.conf and http.conf.",
  see: ["tls-old-version", "kamailio-tls-old", "Rempart takes TLS 1.2 and 1.3 alone"],
};

const certificate: Rule = {
  id: "tls-certificate",
  severity: "medium",
  title: "Its certificate does not prove who it is",
  why: "Phones that do not check it talk to whoever is in between; phones that do cannot connect.",
  fix: "Take a certificate for this name from an authority that phones know, and renew it in time.",
  see: ["certificate-expired", "certificate-weak", "kamailio-tls-certificate", "[tls.acme]"],
};

const OLD_VERSIONS = ["TLSv1", "TLSv1.1"] as const;
/** A certificate that ends within this many days is told. */
const SOON_DAYS = 14;
const DAY = 86_400_000;

/** Versions, chain, name and expiry, as node:tls sees them. */
export const tls: Check = {
  rules: [old, certificate],
  sip: false,
  async run(s) {
    for (const way of s.o.target.ways) {
      if (way.transport !== "tls" && way.transport !== "wss") continue;
      await s.pace.take();
      const socket = await handshake(s, way, {});
      if (socket === undefined) continue;
      judge(s, way, socket);
      socket.destroy();
      for (const version of OLD_VERSIONS) await tryOld(s, way, version);
    }
  },
};

async function tryOld(s: Session, way: Way, version: (typeof OLD_VERSIONS)[number]): Promise<void> {
  await s.pace.take();
  // This side does not speak them either, unless it is told to by the lowest level of security.
  const socket = await handshake(s, way, { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" });
  if (socket === undefined) return;
  const said = socket.getProtocol() ?? "";
  socket.destroy();
  s.report(old, way, `${way.transport}:${way.port} ${version}`, `a handshake with ${said} was completed`, [
    `handshake offering ${version} alone: ${said}`,
  ]);
}

async function handshake(s: Session, way: Way, o: ConnectionOptions): Promise<TLSSocket | undefined> {
  const { host, address } = s.o.target;
  const named = isIP(host) === 0 ? { servername: host } : {};
  logStep(
    s.o,
    `handshake with ${way.transport}:${hostPort(address, way.port)}${o.maxVersion === undefined ? "" : `, ${o.maxVersion} alone`}`,
  );
  // A refusal is a result here: what is wrong is read from the finished handshake.
  const socket = connect({ host: address, port: way.port, ...named, ...o, rejectUnauthorized: false });
  const end = setTimeout(() => socket.destroy(new Error("no handshake")), s.o.patience);
  socket.on("error", () => {});
  try {
    await once(socket, "secureConnect");
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  } finally {
    clearTimeout(end);
  }
}

function judge(s: Session, way: Way, socket: TLSSocket): void {
  const peer = socket.getPeerCertificate();
  const proof = certificateLines(peer, socket.getProtocol() ?? "");
  const tell = (key: string, says: string, severity: "medium" | "low" = "medium"): void =>
    s.report(certificate, way, `${way.transport}:${way.port} ${key}`, says, proof, { severity });
  const reason = String(socket.authorizationError ?? "");
  const left = (Date.parse(peer.valid_to) - Date.now()) / DAY;
  if (left < 0) tell("expired", `its certificate ended on ${peer.valid_to}`);
  else if (left < SOON_DAYS)
    tell("soon", `its certificate ends in ${Math.floor(left)} days, on ${peer.valid_to}`, "low");
  const isNameOrTime = /ALTNAME|HAS_EXPIRED/.test(reason);
  if (!socket.authorized && reason !== "" && !isNameOrTime)
    tell("chain", `nobody known vouches for it (${shown(reason)})`);
  if (!names(peer, s.o.target.host)) tell("name", `its certificate is not for ${s.o.target.host}`);
}

/** Whether the certificate is for this name or address. */
function names(peer: PeerCertificate, host: string): boolean {
  const all = (peer.subjectaltname ?? "")
    .split(/,\s*/)
    .map((each) => each.replace(/^(?:DNS|IP Address):/, "").toLowerCase());
  const wanted = host.toLowerCase();
  const parent = wanted.slice(wanted.indexOf(".") + 1);
  return all.includes(wanted) || (isIP(host) === 0 && wanted.includes(".") && all.includes(`*.${parent}`));
}

function certificateLines(peer: PeerCertificate, protocol: string): string[] {
  return [
    `handshake: ${protocol}`,
    `subject: ${shown(String(peer.subject?.CN ?? ""))}`,
    `names: ${shown(peer.subjectaltname ?? "none")}`,
    `issuer: ${shown(String(peer.issuer?.CN ?? peer.issuer?.O ?? ""))}`,
    `good from ${peer.valid_from} until ${peer.valid_to}`,
  ];
}
