import type { Finding, Findings, Rule } from "./finding.ts";

export const GUESTS: Rule = {
  id: "guest-calls",
  severity: "critical",
  title: "Anybody may call without a password",
  why: "A stranger's INVITE is put into the dialplan. Scanners try this within minutes, and calls abroad are what they sell.",
  fix: "Set allowguest = no in [general] of sip.conf.",
  see: ["probe: open-invite", "[front] register"],
};

export const WEAK: Rule = {
  id: "weak-secret",
  severity: "high",
  title: "A password that is guessed early",
  why: "Who has it registers as this phone, and calls on your account.",
  fix: "Make one with: rempart secret generate",
  see: ["probe: weak-password"],
};

export const NOISE: Rule = {
  id: "default-port",
  severity: "note",
  title: "SIP listens on port 5060",
  why: "Another port means less noise in the log. It is no protection.",
  fix: "",
  see: [],
};

/** A finding in a file, as little of it said as can be. */
export function at(rule: Rule, file: string, line: number, more: Partial<Finding> = {}): Finding {
  const key = `${file.split("/").pop()}/${line}`;
  return { rule: rule.id, place: { file, line }, says: `line ${line}`, key, proof: [], edits: [], ...more };
}

/** Findings of an audit with these three rules. */
export function findingsOf(found: readonly Finding[], missing: readonly string[] = []): Findings {
  return { job: "audit", subject: "/etc/asterisk", rules: [GUESTS, WEAK, NOISE], found, missing };
}

export const SAMPLE: Findings = findingsOf(
  [
    at(NOISE, "/etc/asterisk/sip.conf", 4, { says: "bindport = 5060" }),
    at(WEAK, "/etc/asterisk/sip.conf", 31, { says: "[1002]: the secret has 6 characters" }),
    at(WEAK, "/etc/asterisk/sip.conf", 12, {
      says: "[1001]: the secret is the name of the phone",
      severity: "critical",
    }),
    at(GUESTS, "/etc/asterisk/sip.conf", 3, {
      says: "allowguest = yes in [general]",
      proof: ["[general] context = default", "[default] include => outgoing", "[outgoing] _00. -> Dial(PJSIP/carrier)"],
      edits: [{ file: "/etc/asterisk/sip.conf", line: 3, count: 1, lines: ["allowguest = no"] }],
    }),
  ],
  ["/etc/asterisk/secret.conf: no right to read it"],
);
