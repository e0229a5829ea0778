import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { assertLinear } from "../../../test/support/linear.ts";
import type { Finding } from "../../findings/index.ts";
import type { AuditFile, AuditInput } from "../input.ts";
import { auditKamailio, ROWS } from "./audit.ts";

const SAMPLES = join(import.meta.dirname, "../../../corpus/audit/kamailio");
/** The certificate of the bad sample has ended by then, the others have not. */
const NOW = Date.UTC(2030, 0, 1);
const FOLDER = "/etc/kamailio";

/** A sample: its own files, and for those that it has not, the ones of `shared`. */
function sample(rule: string, kind: "bad" | "good"): AuditInput {
  const files = new Map<string, AuditFile>();
  for (const folder of [join(SAMPLES, "shared"), join(SAMPLES, rule, kind)]) {
    for (const name of readdirSync(folder))
      files.set(name, { text: readFileSync(join(folder, name), "latin1"), mode: kind === "bad" ? 0o644 : 0o640 });
  }
  return { files, folder: FOLDER, now: NOW };
}

function audit(text: string, more: Readonly<Record<string, string>> = {}): ReturnType<typeof auditKamailio> {
  const files = new Map<string, AuditFile>([["kamailio.cfg", { text }]]);
  for (const [name, each] of Object.entries(more)) files.set(name, { text: each });
  return auditKamailio({ files, folder: FOLDER, now: NOW });
}

const rulesOf = (found: readonly Finding[]): string[] => [...new Set(found.map((f) => f.rule))].sort();

/** What a bad sample shows besides its own rule, and a good one at all. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  "kamailio-in-dialog-relay": [],
  "kamailio-no-tls": [],
  "kamailio-media-control": ["kamailio-media-relay"],
  "kamailio-default-password": ["kamailio-readable"],
};

for (const { rule } of ROWS) {
  test(`${rule.id}: found in the bad sample, and nothing in the good one`, () => {
    const besides = BESIDES[rule.id] ?? [];
    const bad = auditKamailio(sample(rule.id, "bad"));
    assert.deepEqual(rulesOf(bad.found), [rule.id, ...besides].sort());
    assert.deepEqual(bad.missing, []);
    const good = auditKamailio(sample(rule.id, "good"));
    const ends = rule.id === "kamailio-media-relay" ? [] : besides.filter((b) => b !== "kamailio-readable");
    assert.deepEqual(rulesOf(good.found), ends);
    assert.deepEqual(good.missing, []);
  });
}

test("every folder of samples is of a rule, and rules say all that people need", () => {
  const ids = ROWS.map((r) => r.rule.id);
  const folders = readdirSync(SAMPLES).filter((name) => name !== "shared");
  assert.deepEqual(folders.sort(), [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
  for (const { rule } of ROWS) {
    assert.match(rule.id, /^kamailio-[a-z-]+$/);
    for (const text of [rule.title, rule.why, rule.fix]) assert.ok(text.length > 10, rule.id);
  }
});

test("every place is a line that says so, and every edit closes what it was made for", () => {
  for (const { rule } of ROWS) {
    const input = sample(rule.id, "bad");
    for (const finding of auditKamailio(input).found) {
      if (finding.rule !== rule.id) continue;
      assert.ok("file" in finding.place && finding.place.file.startsWith(`${FOLDER}/`));
      const path = finding.place.file.slice(FOLDER.length + 1);
      const lines = input.files.get(path)?.text.split("\n") ?? [];
      assert.ok(finding.place.line <= lines.length, rule.id);
      if (finding.edits.length === 0) continue;
      const files = new Map(input.files);
      for (const edit of [...finding.edits].sort((a, b) => b.line - a.line)) {
        const name = edit.file.slice(FOLDER.length + 1);
        const old = files.get(name)?.text.split("\n") ?? [];
        old.splice(edit.line - 1, edit.count, ...edit.lines);
        files.set(name, { text: old.join("\n"), mode: 0o640 });
      }
      const after = rulesOf(auditKamailio({ ...input, files }).found);
      assert.ok(!after.includes(rule.id), `${rule.id} after ${JSON.stringify(finding.edits)}`);
    }
  }
});

test("a finding of a way through the routes shows the way", () => {
  const [finding] = auditKamailio(sample("kamailio-open-relay", "bad")).found;
  assert.deepEqual(
    finding.proof.map((p) => p.replace(/ \(.*/, "")),
    ["request_route", "route[TARGET]", "route[RELAY]", "t_relay()"],
  );
});

/** Lines of a main route, and what is found of the ways through it. */
const ROUTES: readonly (readonly [string, string, readonly string[], RegExp | undefined])[] = [
  ["nothing but a relay", "t_relay();", ["open-relay"], undefined],
  [
    "a challenge that nobody waits for",
    'if (!auth_check("$fd", "s", "1")) { auth_challenge("$fd", "0"); } t_relay();',
    ["open-relay"],
    undefined,
  ],
  ["our own domain alone", "if (uri == myself) t_relay();", [], undefined],
  ["our own domain, told the other way round", "if (!(uri == myself)) { exit; } t_relay();", [], undefined],
  ["our own domain, by a function", "if (!is_uri_host_local()) { drop; } t_relay();", [], undefined],
  ["a known address", 'if (src_ip != 192.0.2.1 && $si != "192.0.2.2") exit; t_relay();', [], undefined],
  [
    "a route that says no",
    "if (!route(MAY)) exit; t_relay(); } route[MAY] { if (allow_source_address()) return 1; return -1;",
    [],
    undefined,
  ],
  ["a route that says yes", "if (!route(MAY)) exit; t_relay(); } route[MAY] { return 1;", ["open-relay"], undefined],
  ["a route that ends all", "route(MAY); t_relay(); } route[MAY] { return 0;", [], undefined],
  ["a code of a route", "route(MAY); if ($rc < 0) exit; t_relay(); } route[MAY] { return -2;", [], undefined],
  ["a flag that is never set", "if (isflagset(5)) t_relay();", [], undefined],
  ["a flag that is set for all", "setflag(5); if (isflagset(5)) t_relay();", ["open-relay"], undefined],
  [
    "a variable that is set for friends",
    "if (allow_source_address()) { $var(ok) = 1; } if ($var(ok) == 1) t_relay();",
    [],
    undefined,
  ],
  ["a variable that is set for all", "$var(ok) = 1; if ($var(ok) == 1) t_relay();", ["open-relay"], undefined],
  ["what the caller chooses", 'if ($rU =~ "^00") t_relay();', ["open-relay"], undefined],
  ["credentials that nobody checks", 'if (!has_credentials("x")) exit; t_relay();', ["open-relay"], undefined],
  ["a code that is compared", 'if (auth_check("$fd", "s", "1") < 0) exit; t_relay();', [], undefined],
  [
    "a code that is compared wrongly",
    'if (auth_check("$fd", "s", "1") == -2) exit; t_relay();',
    ["open-relay"],
    undefined,
  ],
  ["a relay whose code is compared", "if (t_relay() < 0) exit;", ["open-relay"], undefined],
  ["a pattern of numbers", 'if (uri =~ "^sip:00[0-9]+@.*") t_relay();', ["open-relay"], undefined],
  ["a pattern of our domain", 'if (uri =~ "^sip:.*@example.org") t_relay();', [], undefined],
  ["a select", 'if (@via[2] == "") t_relay();', ["open-relay"], undefined],
  ["the length of a message", "if (msg:len >= 4096) exit; t_relay();", ["open-relay"], undefined],
  ["the code of a function", 'check("x"); if ($? == -2) exit; if (uri != myself) exit; t_relay();', [], undefined],
  [
    "a header that the caller writes",
    'if (is_present_hf("Proxy-Authorization")) t_relay();',
    ["open-relay"],
    undefined,
  ],
  ["another method", 'if (is_method("INVITE")) { if (uri != myself) exit; } t_relay();', ["open-relay"], undefined],
  ["a destination of the script", '$du = "sip:192.0.2.9"; t_relay();', ["gateway-open"], undefined],
  [
    "a destination that is the caller's after all",
    '$ru = "sip:" + $rU + "@" + $rd; t_relay();',
    ["open-relay"],
    undefined,
  ],
  ["what only a database knows", 'if (!sql_allowed("$fU")) exit; t_relay();', [], /hangs on sql_allowed/],
  [
    "a route with a name from elsewhere",
    "route($var(next)); if (uri != myself) exit; t_relay();",
    [],
    /names its route only when it runs/,
  ],
  ["a route that is not there", "route(NOWHERE); if (uri != myself) exit; t_relay();", [], /nowhere to be found/],
  [
    "a switch",
    'switch ($rm) { case "INVITE": exit; default: break; } if (is_method("INVITE")) t_relay();',
    [],
    undefined,
  ],
  ["a loop", "while ($var(i) < 3) { $var(i) = $var(i) + 1; } t_relay();", ["open-relay"], undefined],
  [
    "a tag, and a relay behind it",
    "if (has_totag()) t_relay();",
    ["in-dialog-relay", "in-dialog-unchecked"],
    undefined,
  ],
  ["a Route without a call", "if (loose_route()) t_relay();", ["open-relay"], undefined],
  ["a tag with a Route", "if (has_totag()) { if (loose_route()) t_relay(); }", ["in-dialog-unchecked"], undefined],
  ["a save without a password", 'if (is_method("REGISTER")) save("location");', ["register-open"], undefined],
];

const WAYS = [
  "register-open",
  "open-relay",
  "in-dialog-relay",
  "in-dialog-unchecked",
  "own-name-unchecked",
  "gateway-open",
];

for (const [name, body, wanted, missing] of ROUTES) {
  test(`ways through the routes: ${name}`, () => {
    const result = audit(
      `request_route {\n${body.startsWith("if (has_totag") ? "" : "if (has_totag()) exit;\n"}${body}\n}\n`,
    );
    const ways = rulesOf(result.found)
      .map((r) => r.replace("kamailio-", ""))
      .filter((r) => WAYS.includes(r));
    assert.deepEqual(ways, [...wanted].sort());
    if (missing === undefined) assert.deepEqual(result.missing, []);
    else assert.match(result.missing.join("\n"), missing);
  });
}

test("the preprocessor: what is not taken is not judged, and a value is judged where it is written", () => {
  const text = [
    "#!define LEVEL 4",
    "#!ifdef NOT_THERE",
    "debug=3",
    "#!ifdef LEVEL",
    "debug=5",
    "#!endif",
    "#!else",
    "debug=LEVEL # four",
    "#!endif",
    "#!trydef LEVEL 1",
    "/* debug=9",
    " */",
  ].join("\n");
  const debug = audit(text).found.find((f) => f.rule === "kamailio-debug");
  assert.deepEqual(debug?.place, { file: `${FOLDER}/kamailio.cfg`, line: 1 });
  assert.equal(debug.says, "debug=4.");
  assert.deepEqual(debug.edits, [], "the value is not on the line of the setting");
});

test("includes: of the folder, with their own places; what is elsewhere is named", () => {
  const main =
    'include_file "a/local.cfg"\nimport_file "none.cfg"\ninclude_file "/opt/x.cfg"\ninclude_file "kamailio.cfg"\n';
  const { found, missing } = audit(main, {
    "a/local.cfg": 'debug=3\ninclude_file "b.cfg"\n',
    "a/b.cfg": "children=1\n",
  });
  assert.deepEqual(found.find((f) => f.rule === "kamailio-debug")?.place, { file: `${FOLDER}/a/local.cfg`, line: 1 });
  assert.deepEqual(found.find((f) => f.rule === "kamailio-children")?.place, { file: `${FOLDER}/a/b.cfg`, line: 1 });
  assert.equal(missing.filter((m) => m.includes("/opt/x.cfg") || m.includes("within itself")).length, 2);
});

test("a name that the script asks for and nobody defined is told, and closes what it is for", () => {
  const text = [
    "#!KAMAILIO",
    "request_route {",
    "#!ifdef WITH_ANTIFLOOD",
    "if (!pike_check_req()) exit;",
    "#!endif",
    "#!ifdef WITH_AUTH",
    'if (!auth_check("$fd", "subscriber", "1")) exit;',
    "#!endif",
    'if (is_method("REGISTER")) save("location");',
    "}",
  ];
  const saying = (rule: string, lines: readonly string[]): string =>
    audit(lines.join("\n")).found.find((f) => f.rule === `kamailio-${rule}`)?.says ?? "";
  assert.match(saying("register-open", text), /WITH_AUTH is not defined/);
  assert.match(saying("no-flood-limit", text), /WITH_ANTIFLOOD is not defined/);
  const edits = audit(text.join("\n")).found.find((f) => f.rule === "kamailio-no-flood-limit")?.edits ?? [];
  const define = ["#!define WITH_ANTIFLOOD"];
  assert.deepEqual(edits, [{ file: `${FOLDER}/kamailio.cfg`, line: 2, count: 0, lines: define }]);
  assert.equal(saying("no-flood-limit", text.toSpliced(1, 0, ...define)), "");
  assert.equal(saying("register-open", ["#!define WITH_AUTH", ...text]), "");
});

test("what cannot be known without running it is said", () => {
  const said = (text: string): string => audit(text).missing.join("\n");
  assert.match(said('loadmodule "app_lua.so"\ncfgengine "lua"\n'), /routed by a lua script/);
  assert.match(said('loadmodule "app_python3.so"\nrequest_route { exit; }\n'), /app_python3/);
  assert.match(said('request_route { exec_msg("/bin/x"); }'), /exec_msg\(\) runs something/);
  assert.match(said("request_route { if (1) { exit; }"), /^$/);
  assert.match(said("#!ifdef X\nrequest_route { }"), /no #!endif/);
  assert.match(said("request_route { exit; }\n] what"), /not understood/);
  assert.match(said("debug=2"), /no request_route/);
  assert.match(said("#!defenv DB\nrequest_route { exit; }"), /known to the running Kamailio alone/);
  assert.match(auditKamailio({ files: new Map(), folder: "/x", now: 0 }).missing.join(), /no kamailio.cfg/);
});

test("no secret is in what is said", () => {
  for (const rule of ["kamailio-readable", "kamailio-default-password", "kamailio-nonce-secret"]) {
    const text = JSON.stringify(auditKamailio(sample(rule, "bad")).found);
    for (const secret of ["Wp3k9sLm2QzR", "alsdkhglaksd"]) assert.ok(!text.includes(secret), rule);
  }
});

test("property: no text makes it throw, and none takes long", () => {
  const words =
    'request_route|route|if|else|while|switch|case|default|{|}|(|)|[|]|;|:|=|==|!|&&|"|\'|$var(x)|$si|uri|myself|t_relay|has_totag|#!ifdef A|#!define A A|#!endif|#!else|\n|/*|*/|#|exit|return|-1|modparam|,|A|route(A)|loadmodule|\\|$(|include_file "kamailio.cfg"'.split(
      "|",
    );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words, "|"), { maxLength: 60 }), (parts) => void audit(parts.join(" "))),
    { numRuns: 120 },
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void audit(text, { "tls.cfg": text })),
    { numRuns: 50 },
  );
  for (const piece of ["{", "if (1) ", "a+", "$(", "route(A);", "if ($rU) { t_relay(); } "]) {
    const of = (times: number) => (): void =>
      void audit(`request_route { ${piece.repeat(times)} }\nroute[A] { route(A); route(A); }`);
    assertLinear(8, of(30), of(240));
  }
});

test("a way that branches without end is given up, and that is said", () => {
  const body = Array.from({ length: 30 }, (_, i) => `if ($rU =~ "${i}") $var(a${i}) = 1;`).join("\n");
  assert.match(audit(`request_route {\n${body}\nif (uri != myself) exit;\nt_relay();\n}`).missing.join(), /more ways/);
});

test("the configuration of the bench: each finding is true", {
  skip: !existsSync(join(SAMPLES, "../../../bench/kamailio.cfg")),
}, () => {
  const text = readFileSync(join(SAMPLES, "../../../bench/kamailio.cfg"), "latin1");
  assert.deepEqual(rulesOf(audit(text).found), [
    "kamailio-children",
    "kamailio-in-dialog-unchecked",
    "kamailio-log-to-output",
    "kamailio-no-flood-limit",
    "kamailio-no-sanity-check",
    "kamailio-no-tls",
    "kamailio-nonce-replay",
    "kamailio-scanner-names",
  ]);
});
