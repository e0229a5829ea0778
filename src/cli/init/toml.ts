import { text } from "../print.ts";
import type { Found } from "./find.ts";
import type { Plan } from "./plan.ts";

/** A commented rempart.toml. What came from others (a Server header) is shown in comments alone, and cleaned. */
export function tomlFor(o: {
  readonly found: Found | undefined;
  readonly plan: Plan;
  readonly register: "relay" | "edge" | "mirror";
  readonly domain: string | undefined;
}): string {
  const { found, plan, register, domain } = o;
  const parts = [
    `# Rempart, written by \`rempart init\`. Every key: src/config/README.md; check: rempart config check\n`,
    'mode = "observe"                      # judge everything, enforce nothing; "enforce" once it is right\n',
    `[sip]\n${domainLine(domain)}${LISTEN}`,
  ];
  if (plan.uri !== undefined) parts.push(backend(found, plan));
  parts.push(`[front]\n${REGISTER}register = "${register}"\n`);
  if (plan.uri !== undefined) {
    parts[parts.length - 1] += "# private_port = 5070                 # where the phone system finds Rempart\n";
  }
  const tables = found?.site?.realtime ?? [];
  if (register !== "relay" && tables.length > 0) parts.push(accounts(tables));
  return parts.join("\n");
}

const LISTEN = `# Without [[sip.listen]]: UDP and TCP on 5060, TLS on 5061, on every address (docs/listening.md).
# [[sip.listen]]
# transport = "udp"
# address = "203.0.113.5:5060"
# advertise = "203.0.113.5"            # behind a cloud's NAT: the address that phones see
`;

const REGISTER = `# relay: the phone system asks for passwords and knows its phones | edge: Rempart does | mirror: Rempart does, and tells it
`;

function domainLine(domain: string | undefined): string {
  if (domain !== undefined) return `domains = [${JSON.stringify(domain)}]\n`;
  return '# The domain that phones register with; their hashes are made for it.\n# domains = ["pbx.example.org"]\n';
}

function backend(found: Found | undefined, { uri, moved }: Plan): string {
  const about = found === undefined ? "" : `# Found: ${short(found.version)}\n`;
  const move =
    moved === undefined ? "" : `# It listens at ${moved.from} now: Rempart needs that port, so move it here first.\n`;
  return `${about}${move}[[backend]]\nname = "asterisk-1"\nuri = ${JSON.stringify(uri)}\n`;
}

function accounts(tables: readonly string[]): string {
  const kind = tables.includes("sippeers") ? "sippeers" : "pjsip";
  return `# The phones of this Asterisk are in a database (docs/accounts-realtime.md).
# [accounts]
# url = "postgres://rempart@localhost/asterisk"
# password_file = "/etc/rempart/accounts.password"
# tables = "${kind}"
`;
}

/** One line without control characters, since it stands behind a #. */
function short(value: string): string {
  return text({ value }, "value").replaceAll("\u2028", "?").slice(0, 100);
}
