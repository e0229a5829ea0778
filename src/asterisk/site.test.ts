import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openFolder } from "./folder.ts";
import { type AsteriskSite, readAsteriskSite } from "./site.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-asterisk-"));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

function write(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(++folders));
  mkdirSync(join(folder, "pjsip.d"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function siteOf(files: Readonly<Record<string, string>>): AsteriskSite {
  const site = readAsteriskSite(write(files));
  assert.ok(site);
  return site;
}

const PHONE = "type=endpoint\naors=A\n";

/** Requirement, files, what is seen of it. */
const CASES: readonly [string, Readonly<Record<string, string>>, Partial<AsteriskSite>][] = [
  [
    "PJSIP transports",
    {
      "pjsip.conf":
        "[a]\ntype=transport\nbind=0.0.0.0\n[b]\ntype=transport\nprotocol=tcp\nbind=10.0.0.1:5080\n" +
        "[c]\ntype=transport\nprotocol=tls\nbind=[::]\n[d]\ntype=transport\nprotocol=ws\nbind=0.0.0.0\n",
    },
    {
      binds: [
        { driver: "pjsip", transport: "udp", address: "0.0.0.0", port: 5060 },
        { driver: "pjsip", transport: "tcp", address: "10.0.0.1", port: 5080 },
        { driver: "pjsip", transport: "tls", address: "::", port: 5061 },
      ],
    },
  ],
  [
    "a phone, and trunks by identify, registration, outbound_auth, contact",
    {
      "pjsip.conf":
        "[anna](!)\ntype=endpoint\n[bert](anna)\naors=bert\n[bert]\ntype=aor\nmax_contacts=1\n" +
        "[t1]\ntype=endpoint\n[i]\ntype=identify\nendpoint=t1\nmatch=10.0.0.9\n" +
        "[t2]\ntype=endpoint\n[t2]\ntype=registration\n[t3]\ntype=endpoint\noutbound_auth=x\n" +
        "[t4]\ntype=endpoint\naors=x,far\n[far]\ntype=aor\ncontact=sip:10.0.0.8\n",
    },
    { phones: ["bert"], trunks: ["t1", "t2", "t3", "t4"], acl: false, faults: [] },
  ],
  [
    "the wizard",
    { "pjsip.conf": "", "pjsip_wizard.conf": "[p]\ntype=wizard\n[t]\ntype=wizard\nremote_hosts=a.example\n" },
    { phones: ["p"], trunks: ["t"] },
  ],
  [
    "an ACL and a realm",
    {
      "pjsip.conf":
        "[g]\ntype=global\ndefault_realm=pbx.example.org\n[t]\ntype=transport\nbind=10.0.0.1\n" +
        "[a]\ntype=acl\ndeny=0.0.0.0/0\npermit=10.0.0.5\n",
    },
    { acl: true, domain: "pbx.example.org" },
  ],
  [
    "chan_sip, and no password of its register lines",
    {
      "sip.conf":
        "[general]\nbindaddr=10.0.0.1\nbindport=5070\ntcpenable=yes\nrealm=pbx.example.org\n" +
        "register => me:p@ss@sip.example.net/100\n[anna]\ntype=friend\nhost=dynamic\n[t]\ntype=peer\nhost=10.0.0.9\ndeny=0.0.0.0/0\n",
    },
    {
      acl: false,
      binds: [
        { driver: "chan_sip", transport: "udp", address: "10.0.0.1", port: 5070 },
        { driver: "chan_sip", transport: "tcp", address: "10.0.0.1", port: 5070 },
      ],
      phones: ["anna"],
      trunks: ["t", "sip.example.net"],
      domain: "pbx.example.org",
    },
  ],
  [
    "a driver that is not loaded says nothing",
    {
      "pjsip.conf": `[anna]\n${PHONE}`,
      "sip.conf": "[general]\n[bert]\ntype=friend\n",
      "modules.conf": "[modules]\nautoload=yes\nnoload => chan_sip.so\n",
    },
    { phones: ["anna"], binds: [] },
  ],
  [
    "only what is loaded by name",
    {
      "pjsip.conf": `[anna]\n${PHONE}`,
      "sip.conf": "[general]\n[bert]\ntype=friend\n",
      "modules.conf": "[modules]\nautoload=no\nload = chan_sip.so\n",
    },
    { phones: ["bert"] },
  ],
  [
    "Realtime",
    { "pjsip.conf": "", "extconfig.conf": "[settings]\nps_endpoints => odbc,asterisk\n;sippeers => odbc,asterisk\n" },
    { realtime: ["ps_endpoints"] },
  ],
  [
    "a pattern of files in the folder",
    {
      "pjsip.conf": "#include pjsip.d/*.conf\n#include nothing/*.conf\n",
      "pjsip.d/1.conf": `[anna]\n${PHONE}`,
      "pjsip.d/2.conf": `[bert]\n${PHONE}`,
      "pjsip.d/3.bak": `[carl]\n${PHONE}`,
    },
    { phones: ["anna", "bert"], faults: [] },
  ],
  [
    "nothing outside of the folder",
    { "pjsip.conf": "#include ../1/pjsip.conf\n#include /etc/passwd\n" },
    {
      faults: [
        "pjsip.conf:1: #include ../1/pjsip.conf: outside of the folder: not read",
        "pjsip.conf:2: #include /etc/passwd: outside of the folder: not read",
      ],
    },
  ],
];

for (const [name, files, wanted] of CASES) {
  test(`site: ${name}`, () => {
    const site = siteOf(files);
    const seen = Object.fromEntries(Object.keys(wanted).map((key) => [key, Reflect.get(site, key)]));
    assert.deepEqual(seen, wanted);
  });
}

test("site: no files of a SIP driver, no folder, a folder in place of a file, a link", () => {
  assert.equal(readAsteriskSite(write({ "asterisk.conf": "" })), undefined);
  assert.equal(readAsteriskSite(join(root, "nowhere")), undefined);
  const odd = write({});
  mkdirSync(join(odd, "sip.conf"));
  assert.deepEqual(readAsteriskSite(odd)?.faults, ["sip.conf: not a file"]);
  const linked = write({});
  symlinkSync(join(write({ "x.conf": `[anna]\n${PHONE}` }), "x.conf"), join(linked, "pjsip.conf"));
  assert.deepEqual(readAsteriskSite(linked)?.phones, ["anna"]);
});

/** Files of a folder, a pattern, and which of them it stands for. */
const PATTERNS: readonly [string, string, string][] = [
  ["a.conf b.conf c.txt", "*.conf", "a.conf b.conf"],
  ["a1.conf a2.conf a10.conf", "a?.conf", "a1.conf a2.conf"],
  ["a.conf b.conf c.conf ].conf", "[ac].conf", "a.conf c.conf"],
  ["a.conf b.conf c.conf", "[!a-b].conf", "c.conf"],
  ["a.conf .a.conf", "*.conf", "a.conf"],
  [".a.conf", ".*", ".a.conf"],
  ["aab.conf ab.conf b.conf", "*ab*", "aab.conf ab.conf"],
  ["[.conf a.conf", "[*", "[.conf"],
  ["a.conf", "*b", ""],
];
test("a pattern stands for what it stands for in a shell", () => {
  for (const [names, pattern, expected] of PATTERNS) {
    const folder = write(Object.fromEntries(names.split(" ").map((name) => [name, ""])));
    const files = openFolder(folder)(pattern);
    assert.ok(typeof files !== "string", pattern);
    assert.equal(files.map((f) => f.path).join(" "), expected, pattern);
  }
});

test("a hostile folder costs neither hours nor memory: stars, very many files, very much in them", () => {
  const stars = write({ ["a".repeat(250)]: "" });
  const began = performance.now();
  assert.deepEqual(openFolder(stars)(`${"*a".repeat(60)}*b`), []);
  assert.ok(performance.now() - began < 1_000);
  const many = write(Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`${i}.conf`, ""])));
  assert.equal(openFolder(many)("*.conf"), "more than 256 files");
  const full = "a".repeat(4 * 1_048_576);
  const large = write(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.conf`, full])));
  assert.match(String(openFolder(large)("*.conf")), /^more than \d+ bytes in all files$/);
});
