import { setTimeout as sleep } from "node:timers/promises";
import { hostPort } from "../base/index.ts";
import type { Finding, Findings, Rule } from "../findings/index.ts";
import { isAlive, SHUT_OUT } from "./ask.ts";
import type { Check } from "./check.ts";
import { CHECKS, PROBE_RULES } from "./checks/all.ts";
import { reach } from "./checks/reach.ts";
import { newPace } from "./pace.ts";
import { newSession, type ProbeOptions, type Session } from "./session.ts";

/** What a run gives. */
export interface Probed {
  readonly findings: Findings;
  /** Packets sent. */
  readonly sent: number;
  /** Something answered SIP. */
  readonly isHeard: boolean;
  /** It was neither interrupted nor out of packets. */
  readonly isWhole: boolean;
}

/** ms in which a call that is under way at the end can still be given up. */
const LINGER = 500;

const shutOut: Rule = {
  id: "shut-out",
  severity: "note",
  title: "It stopped answering us",
  why: "A guard took us for an attacker, as it should. What comes after could not be tried.",
  fix: "Nothing, if this was a guard. To see what is behind it, put this address on its list of those it never bans, for the time of the run.",
  see: ["[shield] never"],
};

/** Every rule a run can name. */
export const RULES: readonly Rule[] = [...PROBE_RULES, shutOut];

/** Tries everything that is asked for, in order. Never rejects for what the target does; what could not be tried is said. */
export async function probe(o: ProbeOptions): Promise<Probed> {
  const pace = newPace(o.packets, o.rate, o.signal);
  const s = newSession(o, pace);
  try {
    const wanted = CHECKS.filter((c) => c === reach || isWanted(o, c));
    for (const [i, check] of wanted.entries()) {
      if (!(await attempt(s, check))) {
        tellRest(s, wanted.slice(i), String((pace.signal.reason as Error).message));
        break;
      }
    }
  } finally {
    // The answer to a call that was under way when the run was ended: it is given up, and not left ringing.
    if (s.calls.size > 0) await sleep(LINGER);
    s.close();
  }
  // That it shut us out says what the rest is worth, whatever was asked for.
  const isAsked = (f: Finding): boolean => o.only.length === 0 || o.only.includes(f.rule) || f.rule === shutOut.id;
  const found = s.found.filter(isAsked).map((f) => repeatable(f, o));
  const findings = { job: "probe", subject: o.target.text, rules: RULES, found, missing: s.missing } as const;
  return { findings, sent: pace.sent, isHeard: s.ways.length > 0, isWhole: !pace.signal.aborted };
}

function isWanted(o: ProbeOptions, check: Check): boolean {
  return o.only.length === 0 || check.rules.some((r) => o.only.includes(r.id));
}

/** One check; false when the run is over. */
async function attempt(s: Session, check: Check): Promise<boolean> {
  const ids = check.rules.map((r) => r.id).join(", ");
  try {
    if (check.sip && s.ways.length === 0) {
      s.missing.push(`${ids}: nothing answered SIP`);
      return true;
    }
    // Once shut out, it is left in peace.
    if (check.sip && (s.found.some((f) => f.rule === shutOut.id) || !(await isAlive(s)))) throw SHUT_OUT;
    await check.run(s);
    if (check === reach && s.ways.length === 0) s.missing.push(silence(s.o));
    return true;
  } catch (error) {
    if (s.pace.signal.aborted) return false;
    if (error === SHUT_OUT) {
      const says = `after ${s.pace.sent} packets it answered no more, or one request in many`;
      s.report(shutOut, s.ways[0], "silence", says, []);
      s.missing.push(`${ids}: not or not wholly tried: it no longer answered us`);
      return true;
    }
    // A fault of ours shall not take away what was found until now.
    s.missing.push(`${ids}: a fault of our own: ${error instanceof Error ? error.message : String(error)}`);
    return true;
  }
}

function silence(o: ProbeOptions): string {
  const ways = o.target.ways.map((w) => `${w.transport} ${hostPort(o.target.address, w.port)}`).join(", ");
  return `nothing answered OPTIONS at ${ways}: it is not there, a firewall drops what we send, or it answers nobody it does not know`;
}

function tellRest(s: Session, rest: readonly Check[], why: string): void {
  const ids = rest.flatMap((c) => c.rules.map((r) => r.id));
  s.missing.push(`${ids.join(", ")}: not or not wholly tried: ${why}`);
}

/** How to see this one again, as the last line of its proof. */
function repeatable(f: Finding, o: ProbeOptions): Finding {
  const number = o.number === "" ? "" : ` --number ${o.number}`;
  const accounts = o.accounts.length === 0 ? "" : " --accounts FILE";
  const again = `again: rempart probe ${o.target.text} --i-have-permission --only ${f.rule}${number}${accounts}`;
  return { ...f, proof: [...f.proof, again] };
}
