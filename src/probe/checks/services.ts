import { once } from "node:events";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { hostPort } from "../../base/index.ts";
import type { Rule } from "../../findings/index.ts";
import type { Check } from "../check.ts";
import { shown } from "../proof.ts";
import { logStep, type Session } from "../session.ts";

const manager: Rule = {
  id: "manager-exposed",
  severity: "high",
  title: "Asterisk's manager interface answers from outside",
  why: "Who guesses one of its passwords can place calls, read everything, and with system or command run programs.",
  fix: "manager.conf: bindaddr=127.0.0.1, or enabled=no; close its port in the firewall.",
  see: ["manager-open", "manager-user-anywhere", "manager-user-powers", "rempart firewall plan"],
};

const http: Rule = {
  id: "http-exposed",
  severity: "medium",
  title: "The phone system's HTTP server answers from outside",
  why: "ARI and the manager over HTTP are tried with known names; what is behind can place calls.",
  fix: "http.conf: bindaddr=127.0.0.1, or enabled=no; let browsers in through a server that checks them first.",
  see: ["http-open", "http-tells", "ari-user-writes", "rempart firewall plan"],
};

const admin: Rule = {
  id: "admin-exposed",
  severity: "high",
  title: "The administration page of the phone system is open to all",
  why: "Holes in these pages are used within days of becoming known, and often need no password.",
  fix: "Let only your own network reach it: FreePBX's firewall, or the machine's.",
  see: ["freepbx-admin-open", "freepbx-firewall-off", "rempart firewall plan"],
};

/** What an administration page looks like. */
const PAGES = /FreePBX|PBXact|Sangoma|Issabel|Elastix|VitalPBX|FusionPBX|3CX|Switchvox|Siremis/;
const SERVERS = /^(?:Asterisk|Kamailio|FreeSWITCH|OpenSIPS)/i;
const PATHS = ["/", "/ari/api-docs/resources.json", "/admin/config.php"];

/** Ports beside SIP that reach the phone system: manager, ARI, pages. */
export const services: Check = {
  rules: [manager, http, admin],
  sip: false,
  async run(s) {
    for (const port of s.o.services.manager) await greetManager(s, port);
    for (const port of s.o.services.http) await askPages(s, port, false);
    for (const port of s.o.services.https) await askPages(s, port, true);
  },
};

async function greetManager(s: Session, port: number): Promise<void> {
  await s.pace.take();
  logStep(s.o, `connected to tcp:${hostPort(s.o.target.address, port)}, for the manager's greeting`);
  const socket = connect({ host: s.o.target.address, port });
  const end = setTimeout(() => socket.destroy(new Error("silent")), s.o.patience);
  socket.on("error", () => {});
  try {
    const [first] = (await once(socket, "data")) as [Buffer];
    const said = first.toString("latin1").split("\r\n", 1)[0] ?? "";
    if (!/^Asterisk Call Manager|^OpenPBX Call Manager/.test(said)) return;
    const place = `tcp:${hostPort(s.o.target.address, port)}`;
    s.report(manager, place, "banner", `port ${port} greets with "${shown(said)}"`, [`< ${shown(said)}`]);
  } catch {
    // Closed, or another service that waits to be spoken to.
  } finally {
    clearTimeout(end);
    socket.destroy();
  }
}

async function askPages(s: Session, port: number, secure: boolean): Promise<void> {
  for (const path of PATHS) {
    await s.pace.take();
    logStep(s.o, `asked ${secure ? "https" : "http"}:${hostPort(s.o.target.address, port)} for ${path}`);
    const page = await get(s, port, secure, path);
    // Nothing there for one path is nothing there for the others.
    if (page === undefined) return;
    const scheme = secure ? "https" : "http";
    const place = `${scheme}:${hostPort(s.o.target.address, port)}`;
    const server = String(page.headers.server ?? "");
    const location = String(page.headers.location ?? "");
    const proof = [`> GET ${path}`, `< ${page.statusCode ?? 0} ${shown(server)}`];
    if (PAGES.test(page.body) || PAGES.test(location)) {
      const name = PAGES.exec(page.body)?.[0] ?? PAGES.exec(location)?.[0] ?? "";
      s.report(admin, place, "page", `${scheme} port ${port} shows a page of ${name} at ${path}`, proof);
    }
    const realm = String(page.headers["www-authenticate"] ?? "");
    const isAri = path.startsWith("/ari") && (page.statusCode === 401 || /"swaggerVersion"/.test(page.body));
    if (SERVERS.test(server) || /Asterisk/i.test(realm) || isAri) {
      const what = isAri ? ", and ARI behind it" : "";
      s.report(
        http,
        place,
        isAri ? "ari" : "server",
        `${scheme} port ${port} is served by ${shown(server) || "Asterisk"}${what}`,
        proof,
      );
    }
  }
}

type Page = Pick<IncomingMessage, "statusCode" | "headers"> & { readonly body: string };

const MOST_BODY = 65_536;

function get(s: Session, port: number, secure: boolean, path: string): Promise<Page | undefined> {
  const { host, address } = s.o.target;
  const { promise, resolve } = Promise.withResolvers<Page | undefined>();
  const options = {
    host: address,
    port,
    path,
    headers: { Host: host.includes(":") ? `[${host}]` : host, "User-Agent": "rempart-probe" },
    timeout: s.o.patience,
    agent: false as const,
  };
  const onResponse = (m: IncomingMessage): void => {
    let body = "";
    const done = (): void => resolve({ statusCode: m.statusCode, headers: m.headers, body });
    m.setEncoding("latin1");
    m.on("data", (part: string) => {
      body += part;
      if (body.length > MOST_BODY) {
        done();
        m.destroy();
      }
    });
    m.on("end", done).on("error", done).on("close", done);
  };
  const r = secure
    ? requestHttps({ ...options, rejectUnauthorized: false }, onResponse)
    : requestHttp(options, onResponse);
  r.on("timeout", () => r.destroy());
  r.on("error", () => resolve(undefined)).on("close", () => resolve(undefined));
  r.end();
  return promise;
}
