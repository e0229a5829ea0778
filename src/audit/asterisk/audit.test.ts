import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertLinear } from "../../../test/support/linear.ts";
import type { Findings } from "../../findings/index.ts";
import type { AuditInput } from "../input.ts";
import { auditAsterisk } from "./audit.ts";
import { masked } from "./value.ts";

function inputOf(all: Readonly<Record<string, string>>): AuditInput {
  const files = new Map(Object.entries(all).map(([path, text]) => [path, { text }]));
  return { files, folder: "/etc/asterisk/", now: Date.UTC(2030, 0, 1) };
}

function audit(all: Readonly<Record<string, string>>): Pick<Findings, "found" | "missing"> {
  return auditAsterisk(inputOf(all), () => 4);
}

/** Requirement, files, what is said to be missing. */
const MISSING: readonly [string, Readonly<Record<string, string>>, readonly RegExp[]][] = [
  ["no file", {}, [/^no configuration of Asterisk is among the files$/]],
  ["no text", { "sip.conf": "\x7fELF\0\0\0" }, [/^sip\.conf:1: not read: this is no text$/]],
  [
    "an include that is not there",
    { "sip.conf": "#include x.conf\n" },
    [/^sip\.conf:1: #include x\.conf: no such file$/],
  ],
  ["an include out of the folder", { "sip.conf": "#include /etc/passwd\n" }, [/outside of the folder: not read$/]],
  [
    "files in a circle",
    { "sip.conf": "#include a.conf\n", "a.conf": "#include /etc/asterisk/sip.conf\n" },
    [/^a\.conf:1: #include .*: not followed again: sip\.conf > a\.conf > sip\.conf$/],
  ],
  [
    "a program",
    { "sip.conf": "#exec /bin/make-users --all\n" },
    [/^sip\.conf:1: #exec \/bin\/make-users: a program is not run$/],
  ],
  [
    "other languages",
    { "extensions.ael": "context a {}", "extensions.lua": "", "extensions.conf": "" },
    [/^extensions\.ael: .*not read$/, /^extensions\.lua: .*not read$/],
  ],
  [
    "databases",
    { "extconfig.conf": "[settings]\nps_auths => odbc,asterisk\n", "extensions.conf": "[a]\nswitch => Realtime/a\n" },
    [/^extconfig\.conf:2: ps_auths stands in a database/, /^extensions\.conf:2: \[a\] goes on elsewhere/],
  ],
  [
    "a certificate",
    { "pjsip.conf": "[t]\ntype=transport\nprotocol=tls\ncert_file=/etc/ssl/a.pem\n" },
    [/^pjsip\.conf:4: the certificate is not among the files/],
  ],
  [
    "no certificate",
    { "pjsip.conf": "[t]\ntype=transport\nprotocol=tls\ncert_file=a.pem\n", "a.pem": "x" },
    [/^pjsip\.conf:4: the certificate cannot be read$/],
  ],
];

for (const [name, files, wanted] of MISSING) {
  test(`audit of Asterisk, missing: ${name}`, () => {
    const { missing } = audit(files);
    assert.equal(missing.length, wanted.length, missing.join("\n"));
    for (const [i, one] of wanted.entries()) assert.match(missing[i], one);
  });
}

test("audit of Asterisk: places are those of the files that are included, by the name that the user gave", () => {
  const { found } = audit({
    "manager.conf": "[general]\nenabled=yes\n#include manager.d/*.conf\n",
    "manager.d/a.conf": "bindaddr=0.0.0.0\n",
  });
  const open = found.find((f) => f.rule === "manager-open");
  assert.deepEqual(open?.place, { file: "/etc/asterisk/manager.d/a.conf", line: 1 });
  assert.deepEqual(open?.edits, [
    { file: "/etc/asterisk/manager.d/a.conf", line: 1, count: 1, lines: ["bindaddr=127.0.0.1"] },
  ]);
});

test("audit of Asterisk: what a version takes for granted", () => {
  const of = (version: string, files: Readonly<Record<string, string>>): string[] =>
    auditAsterisk({ ...inputOf(files), version }, () => 4).found.map((f) => f.rule);
  const sip = { "sip.conf": "[general]\nallowguest=no\n" };
  assert.ok(of("1.6.2.20", sip).includes("tells-who-exists"));
  assert.ok(!of("1.8.0", sip).includes("tells-who-exists"));
  assert.ok(of("16.28.0", { "sip.conf": "[general]\n" }).includes("allow-guest"));
  assert.deepEqual(of("22.1.0", { "sip.conf": "[general]\n" }), [], "chan_sip is no more");
  assert.ok(of("11.25.3", { "asterisk.conf": "[options]\n" }).includes("live-dangerously"));
  assert.ok(!of("12.0.0", { "asterisk.conf": "[options]\n" }).includes("live-dangerously"));
  assert.ok(of("10.12.4", { "rtp.conf": "[general]\n" }).includes("strict-rtp-off"));
  assert.ok(!of("11.0.0", { "rtp.conf": "[general]\n" }).includes("strict-rtp-off"));
  const nat = { "sip.conf": "[general]\nallowguest=no\nnat=yes\n" };
  const bleeding = [
    "11.25.2",
    "11.25.3",
    "12.8.2",
    "13.17.1",
    "13.17.2",
    "14.6.1",
    "15.0.0",
    "11.6-cert17",
    "11.6-cert18",
  ];
  const found = bleeding.filter((version) => of(version, nat).includes("rtp-bleed-version"));
  assert.deepEqual(found, ["11.25.2", "12.8.2", "13.17.1", "14.6.1", "11.6-cert17"]);
});

/** Dial strings, and how they are shown. */
const MASKED: readonly [string, string][] = [
  ["IAX2/me:secret@host/123", "IAX2/me:***@host/123"],
  ["IAX2/me:s$c,r/e@t@host/1&SIP/a", "IAX2/me:***@host/1&SIP/a"],
  [`IAX2/\${USER}:{ab}@host`, `IAX2/\${USER}:***@host`],
  [`PJSIP/\${EXTEN:1}@trunk`, `PJSIP/\${EXTEN:1}@trunk`],
  [`PJSIP/\${FILTER(0-9,\${EXTEN:2})}@trunk&SIP/b`, `PJSIP/\${FILTER(0-9,\${EXTEN:2})}@trunk&SIP/b`],
];

test("audit of Asterisk: a dial string is shown without its password", () => {
  for (const [text, wanted] of MASKED) assert.equal(masked(text), wanted);
});

/** A configuration with one password wherever there is one, and everything wrong about it. */
function full(secret: string): Readonly<Record<string, string>> {
  return {
    "sip.conf": `[general]\nregister => me:${secret}@sip.example.net\n[a]\ntype=friend\nhost=dynamic\nsecret=${secret}\ninsecure=invite\n`,
    "pjsip.conf": `[b]\ntype=endpoint\nauth=b\n[b]\ntype=auth\nusername=b\npassword=${secret}\n`,
    "iax.conf": `[c]\ntype=friend\nhost=dynamic\nsecret=${secret}\n`,
    "manager.conf": `[general]\nenabled=yes\n[d]\nsecret=${secret}\nwrite=all\n`,
    "ari.conf": `[e]\ntype=user\npassword=${secret}\n`,
    "voicemail.conf": "[general]\n[default]\n200 => 9181,Anna\n",
    "features.conf": `[applicationmap]\na => #1,self,System(curl -u me:${secret} x)\n`,
    "extensions.conf": `[default]\nexten => _X.,1,Dial(IAX2/me:${secret}@host/\${EXTEN})\nexten => _0.,1,DISA(${secret},a)\nexten => _1.,1,System(x ${secret} \${EXTEN})\nexten => _00.,1,Gosub(b,s,1(IAX2/me:${secret}@host/\${EXTEN}))\n`,
  };
}

test("audit of Asterisk: no password is told, nor one in a dial string", () => {
  const told = JSON.stringify(auditAsterisk(inputOf(full("Zq7-hidden-Word")), () => 0));
  assert.ok(told.includes("Dial(IAX2/me:***@host/"));
  assert.ok(!told.includes("Zq7-hidden-Word"));
  assert.ok(!told.includes("9181"));
  const signs = fc.constantFrom(..."Zq7$!#%@{}():,/-+[]");
  fc.assert(
    fc.property(fc.array(signs, { minLength: 6, maxLength: 16 }), (all) => {
      const secret = `Zq7${all.join("")}Zq7`;
      const { found, missing } = auditAsterisk(inputOf(full(secret)), () => 0);
      assert.ok(!JSON.stringify([found, missing]).includes(JSON.stringify(secret).slice(1, -1)));
    }),
    { numRuns: 200 },
  );
});

const NAMES = [
  "sip.conf",
  "pjsip.conf",
  "iax.conf",
  "extensions.conf",
  "manager.conf",
  "voicemail.conf",
  "logger.conf",
  "acl.conf",
];
const PIECES = [
  "[general]",
  "[a](!)",
  "[b](a)",
  "[a](+)",
  "type=endpoint",
  "type=auth",
  "type=friend",
  "host=dynamic",
  "secret=",
  "auth=b",
  "context=a",
  "include => b",
  "exten => _X.,1,",
  "same => n,",
  "Dial(",
  `PJSIP/\${EXTEN}`,
  "@t",
  "Goto(",
  "System(",
  "${",
  "}",
  ")",
  "permit=",
  "200 => 1,",
  "bind=",
  "cipher=",
  "cert_file=a.pem",
  "enabled=yes",
  "#include sip.conf",
  "messages => ",
  ";--",
  "=",
  ",",
];

test("audit of Asterisk: no text makes it throw", () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string(), fc.constant("\n")), { maxLength: 50 });
  const files = fc.dictionary(fc.constantFrom(...NAMES), text, { maxKeys: 4 });
  fc.assert(
    fc.property(files, fc.string(), (all, version) => {
      const texts = Object.fromEntries(Object.entries(all).map(([name, pieces]) => [name, pieces.join("")]));
      auditAsterisk({ ...inputOf(texts), version }, () => 2);
    }),
    { numRuns: 700 },
  );
});

function lines(n: number, line: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => line(i)).join("");
}

const STEPS = `exten => _X.,1,Dial(PJSIP/\${EXTEN})\nsame => n,Goto(b,\${EXTEN},1)\n`;

/** Files that grow, by what they are made of. */
const GROWING: readonly [string, (n: number) => Readonly<Record<string, string>>][] = [
  [
    "open contexts that all include the rest",
    (n) => ({
      "pjsip.conf": lines(n, (i) => `[a${i}]\ntype=endpoint\ncontext=c${i}\n`),
      "extensions.conf": lines(n, (i) => `[c${i}]\ninclude => c${i + 1}\n`),
    }),
  ],
  [
    "certificates that do not end",
    (n) => ({
      "pjsip.conf": lines(n, (i) => `[t${i}]\ntype=transport\nprotocol=tls\ncert_file=a.pem\n`),
      "a.pem": "-----BEGIN CERTIFICATE-----".repeat(20 * n),
    }),
  ],
  [
    "steps",
    (n) => ({
      "extensions.conf": `[default]\n${STEPS.repeat(n)}`,
    }),
  ],
  [
    "contexts that include each other",
    (n) => ({
      "extensions.conf": Array.from(
        { length: n },
        (_, i) => `[default${i || ""}]\ninclude => default${i + 1}\nexten => ${i},1,Goto(default${n - i},5,1)\n`,
      ).join(""),
    }),
  ],
  [
    "literals against patterns",
    (n) => ({
      "extensions.conf": `[default]\n${Array.from({ length: n }, (_, i) => `exten => 1${i},1,Goto(b,2${i},1)\n`).join("")}[b]\n${Array.from({ length: n }, (_, i) => `exten => _3${i}X.,1,NoOp()\n`).join("")}`,
    }),
  ],
  [
    "accounts",
    (n) => ({
      "pjsip.conf": Array.from(
        { length: n },
        (_, i) => `[${i}]\ntype=endpoint\nauth=${i}\n[${i}]\ntype=auth\npassword=${i}\n`,
      ).join(""),
    }),
  ],
  ["braces", (n) => ({ "extensions.conf": `[a]\n${`exten => _X.,1,Dial(${"${A${".repeat(400)})\n`.repeat(n / 50)}` })],
  [
    "one long line",
    (n) => ({
      "pjsip.conf": `[t]\ntype=transport\nprotocol=tls\n${`cipher=${"ADH ,".repeat(1_000)}\n`.repeat(n / 50)}`,
    }),
  ],
];

for (const [name, make] of GROWING) {
  test(`audit of Asterisk: ${name} cost what they are long`, () => {
    const read = (files: Readonly<Record<string, string>>) => (): void => void audit(files);
    assertLinear(16, read(make(50)), read(make(800)));
  });
}
