import { networkInterfaces } from "node:os";
import { canonicalIp, hostPort, parseIp } from "../../base/index.ts";
import type { BackendConfig, Config } from "../../config/index.ts";
import { aclWords, firewallWords } from "../init/plan.ts";
import { type Answer, addressTowards, askSip, type Question } from "../pbx/ask.ts";
import { isWildcard } from "../pbx/reach.ts";
import { type Finding, fail, note, ok, warn } from "./finding.ts";

type Place = Pick<BackendConfig, "host" | "port" | "transport">;

/** Refusals of an ACL, before anybody is asked for a password. */
const REFUSED = 403;
const SKEW = 10_000;

/** Each backend: does it answer Rempart, does it answer anybody else, and does its clock agree. */
export async function backends(config: Config, running: boolean): Promise<Finding[]> {
  const found = await Promise.all(config.backends.map((b) => examine(b, config, running)));
  return found.flat();
}

async function examine(b: BackendConfig, config: Config, running: boolean): Promise<Finding[]> {
  const host = parseIp(b.host) === undefined ? await resolved(b.host) : b.host;
  const name = `backend ${b.name}`;
  if (host === undefined) {
    return [fail(name, `${b.host} has no address`, `getent hosts ${b.host}; or an address in uri of that [[backend]]`)];
  }
  const place = { host, port: b.port, transport: b.transport };
  const ours = await addressTowards(host, b.port);
  if (ours === undefined) return [fail(name, `this machine has no way to ${host}`, "ip route")];
  const ask = (local: ReturnType<typeof localEnd>): Promise<Answer | undefined> =>
    askSip({ method: "OPTIONS", ...place, local });
  const end = localEnd(config, ours, running);
  // Its own port may be taken at this moment; then the address alone has to do.
  const answer = (await ask(end)) ?? (end.port === 0 ? undefined : await ask({ ...end, port: 0 }));
  const others = await asStranger(place, ours);
  // What answers nobody is not closed but gone.
  const shut = answer === undefined && others.answers.length === 0 ? [] : [closed(name, place, ours, others)];
  return [reachable(name, place, ours, answer), ...shut, ...skew(name, answer, others)];
}

/** Rempart's own end where it is free: a phone system may let that port in alone. */
function localEnd(config: Config, ours: string, running: boolean): { readonly address: string; readonly port: number } {
  const family = ours.includes(":") ? 6 : 4;
  const own = config.sip.listen.find((l) => l.side === "private" && l.transport === "udp" && l.family === family);
  const address = own === undefined || isWildcard(own.address) ? ours : own.address;
  return { address, port: running ? 0 : (own?.port ?? config.front.privatePort) };
}

function reachable(name: string, at: Place, ours: string, answer: Answer | undefined): Finding {
  const where = `${at.transport} ${hostPort(at.host, at.port)}`;
  if (answer === undefined) {
    const run = `see that it runs and listens there, and that its firewall and ACL let ${ours} in (docs/front.md)`;
    return fail(name, `${where} does not answer OPTIONS from ${ours}: no call gets through`, run);
  }
  if (answer.status === REFUSED || answer.status === 401) {
    const run = `let it know ${ours} as its peer (docs/asterisk-edge.md)`;
    return warn(name, `${where} answers ${answer.status} to OPTIONS from ${ours}: it does not know Rempart`, run);
  }
  return ok(name, `${where} answers ${answer.status} in ${answer.ms} ms`);
}

interface Strangers {
  /** Where the questions came from. */
  readonly address: string;
  readonly answers: readonly { readonly method: Question["method"]; readonly answer: Answer }[];
}

/** Asks as somebody else: from another address of this machine where it has one, else from another port. */
async function asStranger(place: Place, ours: string): Promise<Strangers> {
  const other = otherAddress(ours);
  const local = { address: other ?? ours, port: 0 };
  const methods = ["OPTIONS", "REGISTER", "INVITE"] as const;
  const asked = await Promise.all(methods.map((method) => askSip({ method, ...place, local, patience: 1_200 })));
  const answers = methods.flatMap((method, i) => {
    const answer = asked[i];
    return answer === undefined ? [] : [{ method, answer }];
  });
  return { address: other ?? ours, answers };
}

/** An address of this machine that is not the one Rempart speaks from; loopback is a whole network of them. */
function otherAddress(ours: string): string | undefined {
  if (ours.startsWith("127.")) return ours === "127.0.0.2" ? "127.0.0.3" : "127.0.0.2";
  const family = ours.includes(":") ? "IPv6" : "IPv4";
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  // A link-local address needs a zone, and leads nowhere else.
  const usable = all.filter((a) => a.family === family && !a.internal && !a.address.startsWith("fe80"));
  return usable.map((a) => canonicalIp(a.address)).find((a) => a !== undefined && a !== ours);
}

function closed(name: string, at: Place, ours: string, { address, answers }: Strangers): Finding {
  const who = `${name} closed`;
  const let_in = answers.filter(({ answer }) => answer.status !== REFUSED);
  if (let_in.length === 0) {
    if (answers.length === 0) return ok(who, `nobody but Rempart gets an answer, as seen from ${address}`);
    return ok(who, `it refuses ${address} with ${REFUSED}; its firewall could keep such packets away as well`);
  }
  const said = let_in.map(({ method, answer }) => `${method} ${answer.status}`).join(", ");
  const rule = firewallWords(ours, at.port, at.transport);
  const run = `at the PBX: ${aclWords(ours, undefined)}: a private address in bind or udpbindaddr, and ${rule} (docs/front.md)`;
  if (address !== ours) return warn(who, `it answers ${address} too, which is not Rempart: ${said}`, run);
  const what = `not known: this machine has one address, and ${hostPort(at.host, at.port)} answers other ports of it (${said})`;
  return note(
    who,
    what,
    `from another machine: sipsak -s sip:600@${hostPort(at.host, at.port)}; where it answers: ${run}`,
  );
}

/** RFC 3261 20.17: where an answer has a Date, the two clocks are compared. */
function skew(name: string, own: Answer | undefined, others: Strangers): Finding[] {
  const date = [own, ...others.answers.map((a) => a.answer)].map((a) => a?.date).find((d) => d);
  const off = date === undefined ? Number.NaN : Date.parse(date) - Date.now();
  if (!(Math.abs(off) > SKEW)) return [];
  const what = `its clock is ${Math.round(Math.abs(off) / 1_000)} s ${off > 0 ? "ahead of" : "behind"} this machine's`;
  return [warn(`${name} clock`, what, "timedatectl set-ntp true, on both machines")];
}

async function resolved(name: string): Promise<string | undefined> {
  const { lookup } = await import("node:dns/promises");
  return lookup(name).then(
    ({ address }) => canonicalIp(address),
    () => undefined,
  );
}
