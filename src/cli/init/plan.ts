import { hostPort } from "../../base/index.ts";
import { isWildcard, reachOf } from "../pbx/reach.ts";
import type { Door, Found } from "./find.ts";

/** What is to become of it: where Rempart finds the phone system, and what a person has to do. */
export interface Plan {
  /** Of [[backend]]; undefined without one. */
  readonly uri: string | undefined;
  /** The same in parts. */
  readonly end: { readonly host: string; readonly port: number; readonly transport: string } | undefined;
  /** Where the phone system has to listen from now on, when that is another place: Rempart needs its own. */
  readonly moved: { readonly from: string; readonly to: string } | undefined;
  /** Doors that more than this machine and its private network reach, by their addresses. */
  readonly open: readonly Door[];
}

const MOVED = 5_080;

/** Where Rempart will find the phone system. On one machine both cannot have the ports that phones come to. */
export function planFor(found: Found | undefined): Plan {
  if (found === undefined) return { uri: undefined, end: undefined, moved: undefined, open: [] };
  const open = found.doors.filter((d) => reachOf(d.address) === "world");
  const door = bestOf(found.doors);
  if (door === undefined) return { uri: undefined, end: undefined, moved: undefined, open };
  const { address, port, transport } = door;
  const host = isWildcard(address) ? (found.ours ?? "127.0.0.1") : address;
  const clash = found.here && (port === 5_060 || port === 5_061);
  const end = { host, port: clash ? MOVED : port, transport };
  const to = hostPort(host, end.port);
  const uri = `sip:${to}${transport === "udp" ? "" : `;transport=${transport}`}`;
  return { uri, end, moved: clash ? { from: `${transport} ${hostPort(address, port)}`, to } : undefined, open };
}

/** One that answers rather than not, and UDP rather than others: a backend is spoken with all the time. */
function bestOf(doors: readonly Door[]): Door | undefined {
  const worth = (d: Door): number =>
    (d.answer === undefined ? 0 : 4) + (d.transport === "udp" ? 2 : 0) + (d.address.includes(":") ? 0 : 1);
  const usable = doors.filter((d) => d.transport === "udp" || d.transport === "tcp" || d.transport === "tls");
  return usable.toSorted((a, b) => worth(b) - worth(a))[0];
}

/** The steps that are left, for a person. `file` is the configuration that was written. */
export function stepsFor(found: Found | undefined, plan: Plan, register: string): string[] {
  const steps: string[] = [];
  const { moved, uri } = plan;
  const ours = found?.ours ?? "Rempart's address";
  const driver = found?.site?.binds[0]?.driver;
  if (found !== undefined && uri !== undefined) {
    if (moved)
      steps.push(`At the PBX: let it listen at ${moved.to} instead of ${moved.from}: ${bindWords(moved.to, driver)}.`);
    if (found.site?.acl !== true)
      steps.push(`At the PBX: let it take SIP from ${ours} alone: ${aclWords(ours, driver)}.`);
    const { host, port, transport } = plan.end ?? { host: "", port: 5_060, transport: "udp" };
    const rule = found.ours === undefined ? "" : ` (${firewallWords(ours, port, transport)})`;
    if (reachOf(host) !== "machine")
      steps.push(
        `In the firewall of the PBX: its SIP port for ${ours} alone${rule}; its RTP ports stay open to the phones.`,
      );
    if (register !== "relay")
      steps.push(`At the PBX: one peer for Rempart instead of one per phone: docs/asterisk-edge.md.`);
  }
  if (register !== "relay") {
    const tables = found?.site?.realtime ?? [];
    steps.push(
      tables.length > 0
        ? `The phones are in a database (${tables.join(", ")}): let Rempart read it: docs/accounts-realtime.md.`
        : "Give each phone an account: rempart account add",
    );
  }
  steps.push("Check it: rempart config check, then rempart doctor", "Start it: rempart run");
  return steps;
}

function bindWords(to: string, driver: string | undefined): string {
  const [pjsip, sip] = [`PJSIP: bind = ${to} in its [transport]`, `chan_sip: udpbindaddr = ${to} in [general]`];
  if (driver === undefined) return `${pjsip}; ${sip}`;
  return driver === "pjsip" ? pjsip : sip;
}

/** What Asterisk wants to read for "from Rempart alone". */
export function aclWords(ours: string, driver: string | undefined): string {
  const mask = ours.includes(":") ? `${ours}/128` : `${ours}/255.255.255.255`;
  const rules = `deny = 0.0.0.0/0.0.0.0, deny = ::/0, permit = ${mask}`;
  const pjsip = `PJSIP: a section with type = acl, ${rules} in pjsip.conf`;
  const sip =
    "chan_sip: allowguest = no, alwaysauthreject = yes in sip.conf; it has no such list for strangers, so bind and firewall must do it";
  if (driver === undefined) return `${pjsip}; ${sip}`;
  return driver === "pjsip" ? pjsip : sip;
}

/** A rule that keeps everybody but Rempart away from one port, for whoever has none. */
export function firewallWords(ours: string, port: number, transport: string): string {
  const program = ours.includes(":") ? "ip6tables" : "iptables";
  return `${program} -I INPUT -p ${transport === "udp" ? "udp" : "tcp"} --dport ${port} ! -s ${ours} -j DROP`;
}
