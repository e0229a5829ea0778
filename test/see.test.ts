/** What a finding of one job says is shown by the other: names that are there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADVISORY_RULES, auditAsterisk, auditKamailio, FREEPBX_RULES, PASSWORD_RULES } from "../src/audit/index.ts";
import { RULES as PROBE } from "../src/probe/index.ts";

const input = { files: new Map(), folder: "/etc/x", now: 0 };
const AUDIT = [
  ...ADVISORY_RULES,
  ...FREEPBX_RULES,
  ...PASSWORD_RULES,
  ...auditAsterisk(input, undefined).rules,
  ...auditKamailio(input).rules,
];

/** Ids of rules; what has a dot, a bracket or a space in it is a setting or a sentence. */
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

test("audit and probe name rules of each other that are there, in words of one sort", () => {
  const [audits, probes] = [AUDIT, PROBE].map((rules) => new Set(rules.map((r) => r.id)));
  for (const { id, see } of [...AUDIT, ...PROBE])
    for (const seen of see.filter((s) => ID.test(s)))
      assert.ok(audits.has(seen) || probes.has(seen), `${id} sees ${seen}`);
  for (const { id } of [...AUDIT, ...PROBE]) assert.match(id, ID);
});

test("whatever an attacker can do, the audit or a setting closes; whom the probe shows, the audit names", () => {
  for (const { id, see } of PROBE) if (id !== "reachable") assert.ok(see.length > 0, id);
  const shown = new Set(AUDIT.flatMap((r) => r.see));
  for (const id of ["guest-calls", "prefix-calls", "user-enumeration", "open-relay", "rtp-bleed", "open-registrar"])
    assert.ok(shown.has(id), id);
});
