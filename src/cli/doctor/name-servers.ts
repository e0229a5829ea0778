import { Resolver } from "node:dns";
import type { Config } from "../../config/index.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

/** As long as the daemon waits for one try. */
const PATIENCE = 1_000;
/** Codes of an answer that is none for us; every other one but silence shows a server that serves. */
const UNWILLING = new Set(["EREFUSED", "ESERVFAIL", "ENOTIMP", "EFORMERR", "EBADRESP"]);
const SILENT = new Set(["ETIMEOUT", "ECONNREFUSED"]);

/** Whether those answer who are asked where another domain is. */
export async function nameServers(config: Config): Promise<Finding> {
  if (!config.dial.allowForeignDomains) return ok("dns", "not needed: users call no other domains");
  const system = config.dns.servers.length === 0;
  const servers = system ? new Resolver().getServers() : config.dns.servers;
  const where = system ? '/etc/resolv.conf, or servers = ["ADDRESS"] under [dns]' : "servers under [dns]";
  if (servers.length === 0) return fail("dns", "no name server is configured: no other domain is found", where);
  const said = await Promise.all(servers.map(async (server) => ({ server, code: await ask(server) })));
  const bad = said.filter(({ code }) => SILENT.has(code) || UNWILLING.has(code));
  if (bad.length === 0) return ok("dns", `${servers.join(", ")}: answered`);
  const what = bad.map(
    ({ server, code }) => `${server} ${SILENT.has(code) ? "does not answer" : `answers ${code.slice(1)}`}`,
  );
  const run = `mend ${where}; or let this machine ask there (docs/rights.md)`;
  if (bad.length === servers.length) return fail("dns", `${what.join(", ")}: no other domain is found`, run);
  return warn("dns", `${what.join(", ")}: calls to other domains wait for that`, run);
}

/** Asks for what every server that looks names up can tell: the name servers of the root. The code of what went wrong, or none. */
function ask(server: string): Promise<string> {
  const resolver = new Resolver({ timeout: PATIENCE, maxTimeout: PATIENCE, tries: 2 });
  resolver.setServers([server]);
  return new Promise((done) => resolver.resolveNs(".", (error) => done(error?.code ?? "")));
}
