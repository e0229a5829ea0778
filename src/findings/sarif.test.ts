import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { default as Ajv } from "ajv-draft-04";
import type { Finding, Findings } from "./finding.ts";
import { at, findingsOf, GUESTS, NOISE, SAMPLE, WEAK } from "./sample.fixture.ts";
import { sarifLog } from "./sarif.ts";

const SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../corpus/sarif/sarif-2.1.0-rtm.5.json"), "utf8"),
) as object;
const validate = new Ajv.default({
  strict: false,
  validateFormats: false,
  unicodeRegExp: false,
  allErrors: true,
}).compile(SCHEMA);

const PROBE: Finding = { ...at(NOISE, "a", 1), place: { target: "udp:203.0.113.7:5060" } };
const ODD = at(WEAK, "/srv/a b/ü#?%\u0007.conf", 0, { says: "", key: "\u001b" });
const LOGS: [string, Findings][] = [
  ["an audit", SAMPLE],
  ["nothing found", findingsOf([])],
  ["a probe", { ...findingsOf([PROBE]), job: "probe", subject: "sip:pbx.example.org" }],
  ["odd names, no text", findingsOf([ODD])],
  ["a rule that nobody described", findingsOf([{ ...at(GUESTS, "a", 1), rule: "new-rule" }])],
];

for (const [what, findings] of LOGS)
  test(`SARIF 2.1.0: ${what} fits the schema`, () => {
    // As it is written: what JSON does not carry must not be what makes it fit.
    const log: unknown = JSON.parse(JSON.stringify(sarifLog(findings, "0.1.0")));
    assert.ok(validate(log), JSON.stringify(validate.errors, null, 1));
  });

test("the schema sees what does not fit", () => {
  const log = sarifLog(SAMPLE, "0.1.0");
  const broken = (change: object): boolean => validate({ ...log, runs: [{ ...log.runs[0], ...change }] });
  assert.ok(!validate({ ...log, version: "2.0.0" }));
  assert.ok(!broken({ results: [{ ruleId: "x" }] }), "a result without a message");
  assert.ok(!broken({ tool: {} }));
});

test("SARIF: levels, places, fingerprints that outlive moved lines, what was not looked at", () => {
  const [run] = sarifLog(SAMPLE, "0.1.0").runs;
  assert.deepEqual(
    run.results.map((r) => [r.ruleId, run.tool.driver.rules[r.ruleIndex].id, r.level, r.properties.severity]),
    [
      ["default-port", "default-port", "note", "note"],
      ["weak-secret", "weak-secret", "error", "high"],
      ["weak-secret", "weak-secret", "error", "critical"],
      ["guest-calls", "guest-calls", "error", "critical"],
    ],
  );
  assert.deepEqual(run.results[1].locations, [
    { physicalLocation: { artifactLocation: { uri: "file:///etc/asterisk/sip.conf" }, region: { startLine: 31 } } },
  ]);
  assert.deepEqual(run.results[1].partialFingerprints, { "rempartKey/v1": "weak-secret:sip.conf/31" });
  assert.deepEqual(
    run.invocations[0].toolExecutionNotifications.map((n) => n.message.text),
    ["/etc/asterisk/secret.conf: no right to read it"],
  );
});

test("SARIF: a path is a URI reference whatever it holds; line 0 is the file as a whole", () => {
  const [run] = sarifLog(findingsOf([ODD, at(WEAK, "pjsip.conf", 7)]), "0").runs;
  const uris = run.results.map((r) => r.locations[0].physicalLocation?.artifactLocation.uri ?? "");
  assert.deepEqual(uris, ["file:///srv/a%20b/%C3%BC%23%3F%25%5Cx07.conf", "pjsip.conf"]);
  for (const uri of uris) assert.ok(URL.canParse(uri, "file:///"), uri);
  assert.deepEqual(Object.keys(run.results[0].locations[0].physicalLocation ?? {}), ["artifactLocation"]);
});
