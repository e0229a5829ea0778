/** What bad configurations are told. */
import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { LISTEN, load, root } from "./config.fixture.ts";
import { loadConfig } from "./index.ts";

const ACME = "[tls.acme]\nagree_tos = true\ndomains = ['a.example']\n";
const FAULTS: [string, string][] = [
  ["mode = 'on'", 'mode: found "on", expected one of observe, enforce'],
  [
    "mod = 'observe'",
    "mod: found an unknown key, expected one of mode, state, events, sip, tls, ws, backend, trunk, dial, shield, firewall, dns, watch, front, probe, registrar, auth, accounts, metrics, log",
  ],
  [
    "__proto__ = { mode = 'observe' }",
    "__proto__: found an unknown key, expected one of mode, state, events, sip, tls, ws, backend, trunk, dial, shield, firewall, dns, watch, front, probe, registrar, auth, accounts, metrics, log",
  ],
  [
    "constructor = 1",
    "constructor: found an unknown key, expected one of mode, state, events, sip, tls, ws, backend, trunk, dial, shield, firewall, dns, watch, front, probe, registrar, auth, accounts, metrics, log",
  ],
  ["state = 7", "state: found 7, expected the path of a folder"],
  ["state = ''", 'state: found "", expected the path of a folder'],
  [
    `state = '/${"d".repeat(100)}'`,
    `state: found "/${"d".repeat(55)}..., expected a path of at most 90 bytes, since the control socket stands in it`,
  ],
  ["sip = 1", "sip: found 1, expected a table"],
  ["[sip]\ndomains = 'a'", 'sip.domains: found "a", expected a list of domains'],
  ["[sip]\ndomains = []", "sip.domains: found an empty list, expected a list of domains"],
  [
    "[sip]\ndomains = ['ok.example', 'not ok']",
    'sip.domains[1]: found "not ok", expected a domain such as pbx.example.org, or an address',
  ],
  [
    "[sip]\ndomains = ['a_b.example']",
    'sip.domains[0]: found "a_b.example", expected a domain such as pbx.example.org, or an address',
  ],
  [
    "[sip]\ndomains = ['1.2.3.256']",
    'sip.domains[0]: found "1.2.3.256", expected a domain such as pbx.example.org, or an address',
  ],
  [
    "[sip]\ndomains = ['a.example', 'A.example']",
    "sip.domains[1]: found a.example again, expected a domain that is not listed before",
  ],
  ["[sip]\nrealm = 'say \"hi\"'", 'sip.realm: found "say \\"hi\\"", expected printable ASCII without " and \\'],
  ["[sip]\nlisten = []", "sip.listen: found an empty list, expected one or more tables [[sip.listen]]"],
  [LISTEN.replace("udp", "udq"), 'sip.listen[0].transport: found "udq", expected one of udp, tcp, tls, ws, wss'],
  [
    LISTEN.replace("127.0.0.1:5060", "127.0.0.1"),
    'sip.listen[0].address: found "127.0.0.1", expected an address and a port such as 0.0.0.0:5060 or [::]:5060',
  ],
  [
    LISTEN.replace("127.0.0.1:5060", "::1:5060"),
    'sip.listen[0].address: found "::1:5060", expected an address and a port such as 0.0.0.0:5060 or [::]:5060',
  ],
  [
    LISTEN.replace("5060", "65536"),
    'sip.listen[0].address: found "127.0.0.1:65536", expected an address and a port such as 0.0.0.0:5060 or [::]:5060',
  ],
  [
    "[[sip.listen]]\ntransport = 'udp'",
    "sip.listen[0].address: found nothing, expected an address and a port such as 0.0.0.0:5060 or [::]:5060",
  ],
  [
    `${LISTEN}adress = 1`,
    "sip.listen[0].adress: found an unknown key, expected one of transport, address, side, advertise",
  ],
  [`${LISTEN}side = 'left'`, 'sip.listen[0].side: found "left", expected one of public, private'],
  [
    `${LISTEN}advertise = '203.0.113.5:5060'`,
    'sip.listen[0].advertise: found "203.0.113.5:5060", expected an address or a name, without a port',
  ],
  [
    LISTEN + LISTEN,
    "sip.listen[1]: found udp 127.0.0.1:5060 again, expected a transport and address that is not listed before",
  ],
  ["[sip.udp]\nadapter = 'fast'", 'sip.udp.adapter: found "fast", expected one of auto, batch, dgram'],
  ["[sip.tcp]\nhalf_message = 0", "sip.tcp.half_message: found 0, expected a whole number from 1 to 60 (seconds)"],
  ["[sip.tcp]\nper_source = 0", "sip.tcp.per_source: found 0, expected a whole number from 1 to 16384"],
  ["[sip.tcp]\nidle = 1.5", "sip.tcp.idle: found 1.5, expected a whole number from 10 to 86400 (seconds)"],
  [
    "[[backend]]\nname = 'a'\nuri = 'sips:10.0.0.1;transport=udp'",
    'backend[0].uri: found "sips:10.0.0.1;transport=udp", expected a URI such as sip:10.0.0.11:5060 or sip:pbx.example.org;transport=tcp',
  ],
  ["[tls]\nmin_version = '1.1'", 'tls.min_version: found "1.1", expected one of 1.2, 1.3'],
  ["[tls]\nrequire = ['b.example']", 'tls.require[0]: found "b.example", expected rempart.local'],
  [
    "[[tls.certificate]]\ndomain = 'a.example'\ncert = 'c'",
    "tls.certificate[0].key: found nothing, expected the path of a file",
  ],
  [
    "[[tls.peer]]\nname = 'a'\naddress = ['10.0.0.0/33']",
    'tls.peer[0].address[0]: found "10.0.0.0/33", expected an address or a block such as 203.0.113.0/28',
  ],
  [
    `${ACME}directory = 'http://ca.example/dir'`,
    'tls.acme.directory: found "http://ca.example/dir", expected "staging" or the https URL of a directory',
  ],
  [
    ACME.replace("a.example", "1.2.3.4"),
    'tls.acme.domains[0]: found "1.2.3.4", expected a public name such as pbx.example.org',
  ],
  [
    ACME.replace("'a.example'", ""),
    "tls.acme.domains: found none, expected a list of public names, since sip.domains has none",
  ],
  [
    ACME.replace("true", "false"),
    "tls.acme.agree_tos: found false, expected true, which says that you agree to the terms of the authority",
  ],
  [
    "[tls.acme]\ndomains = ['a.example']",
    "tls.acme.agree_tos: found nothing, expected true, which says that you agree to the terms of the authority",
  ],
  [
    LISTEN + ACME,
    'tls.acme: found no listener for TLS, expected a [[sip.listen]] with transport = "tls" or "wss" to show the certificate',
  ],
  [
    "[ws]\norigins = ['https://a.example/path']",
    'ws.origins[0]: found "https://a.example/path", expected an origin such as https://phone.example.org, a bare host, or "*"',
  ],
  [
    "[[backend]]\nname = 'a b'\nuri = 'sip:10.0.0.1'",
    'backend[0].name: found "a b", expected letters, digits, dots and dashes, such as asterisk-1',
  ],
  [
    "[[backend]]\nname='a'\nuri='sip:10.0.0.1'\n[[backend]]\nname='a'\nuri='sip:10.0.0.2'",
    "backend[1].name: found a again, expected a name that is not listed before",
  ],
  ["[backend]\nname = 'a'", "backend: found a table, expected tables [[backend]]"],
  [
    "[[trunk]]\nname = 'a'",
    "trunk[0].addresses: found nothing, expected a list of addresses or blocks such as 203.0.113.0/28",
  ],
  [
    "[[trunk]]\nname = 'a'\naddresses = ['203.0.113.0/33']",
    'trunk[0].addresses[0]: found "203.0.113.0/33", expected an address or a block such as 203.0.113.0/28, never the whole internet',
  ],
  [
    "[[trunk]]\nname = 'a'\naddresses = ['203.0.113.1', '::/0']",
    'trunk[0].addresses[1]: found "::/0", expected an address or a block such as 203.0.113.0/28, never the whole internet',
  ],
  [
    "[[trunk]]\nname = 'a'\naddresses = ['203.0.113.1']\ntransport = 'carrier pigeon'",
    'trunk[0].transport: found "carrier pigeon", expected one of udp, tcp, tls',
  ],
  [
    "[[trunk]]\nname = 'a'\naddresses = ['203.0.113.1']\n[[trunk]]\nname = 'a'\naddresses = ['203.0.113.2']",
    "trunk[1].name: found a again, expected a name that is not listed before",
  ],
  ["[dial]\npreset = 'de'", 'dial.preset: found "de", expected one of none, fr, es'],
  [
    "[dial]\nallow = ['abroad']",
    'dial.allow[0]: found "abroad", expected one of internal, national, mobile, international, premium',
  ],
  ["[dial]\nallow_anonymous = 'yes'", 'dial.allow_anonymous: found "yes", expected true or false'],
  [
    "[dial.classes]\n'0x33' = 'national'",
    'dial.classes.0x33: found "national", expected how numbers begin, such as "0033" or "3xxx" (whole numbers of four digits)',
  ],
  [
    "[dial.classes]\n'0033' = 'cheap'",
    'dial.classes.0033: found "cheap", expected one of internal, national, mobile, international, premium, emergency',
  ],
  [
    "[dns]\nservers = '10.0.0.53'",
    'dns.servers: found "10.0.0.53", expected a list of at most 3 addresses such as 10.0.0.53',
  ],
  [
    "[dns]\nservers = ['10.0.0.53', 'ns.example.org']",
    'dns.servers[1]: found "ns.example.org", expected an address such as 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53',
  ],
  [
    "[dns]\nservers = ['10.0.0.53:0']",
    'dns.servers[0]: found "10.0.0.53:0", expected an address such as 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53',
  ],
  [
    "[dns]\nservers = ['10.0.0.1','10.0.0.2','10.0.0.3','10.0.0.4']",
    "dns.servers: found a list, expected a list of at most 3 addresses such as 10.0.0.53",
  ],
  [
    "[[backend]]\nname = 'a'\nuri = 'sip:10.0.0.1'\n[dial]\nallow_foreign_domains = true",
    'dial.allow_foreign_domains: found true with front.register = "relay", expected false, or register = "edge" or "mirror", where users prove who they are to Rempart',
  ],
  ["[front]\nregister = 'proxy'", 'front.register: found "proxy", expected one of relay, edge, mirror'],
  [
    "[front]\nregister = 'relay'",
    'front.register: found relay without a backend, expected a [[backend]] to be the registrar, or register = "edge"',
  ],
  [
    "[registrar]\nmin_expires = 'x'",
    'registrar.min_expires: found "x", expected a whole number from 1 to 604800 (seconds)',
  ],
  ["[registrar]\nmin_expires = 4000", "registrar.min_expires: found 4000, expected at most max_expires (3600)"],
  [
    "[registrar]\ndefault_expires = 30",
    "registrar.default_expires: found 30, expected a number from min_expires (60) to max_expires (3600)",
  ],
  ["[registrar]\nmax_contacts = 11", "registrar.max_contacts: found 11, expected a whole number from 1 to 10"],
  ["[auth]\nalgorithms = ['SHA-1']", 'auth.algorithms[0]: found "SHA-1", expected one of SHA-512-256, SHA-256, MD5'],
  ["[auth]\nalgorithms = []", "auth.algorithms: found an empty list, expected a list of algorithms"],
  [
    "[auth]\nnonce_lifetime = true",
    "auth.nonce_lifetime: found true, expected a whole number from 10 to 86400 (seconds)",
  ],
  ["[log]\nlevel = 2026-01-01", "log.level: found a date, expected one of error, warn, info, debug"],
];

test("each fault is one line: file, path, found, expected", async (t) => {
  for (const [text, line] of FAULTS) {
    await t.test(text.replaceAll("\n", " "), () => {
      const { result } = load(text);
      assert.ok(isTrouble(result), "must be refused");
      assert.equal(result.code, "CONFIG_INVALID");
      assert.deepEqual(result.details, [`rempart.toml: ${line}`]);
      assert.equal(result.what, `rempart.toml: ${line}`);
    });
  }
});

test("all faults are told at once", () => {
  const { result } = load("[sip]\nx = 1\ny = 2\n[log]\nlevel = 1");
  assert.ok(isTrouble(result));
  assert.deepEqual(result.details, [
    "rempart.toml: sip.x: found an unknown key, expected one of domains, realm, listen, udp, tcp",
    "rempart.toml: sip.y: found an unknown key, expected one of domains, realm, listen, udp, tcp",
    "rempart.toml: log.level: found 1, expected one of error, warn, info, debug",
  ]);
});

test("files that cannot be read or are no TOML", async (t) => {
  await t.test("missing", () => {
    const result = loadConfig(`${root}/nowhere.toml`);
    assert.ok(isTrouble(result) && result.code === "CONFIG_UNREADABLE");
    assert.deepEqual(result.details, [`${root}/nowhere.toml: found no such file, expected a readable TOML file`]);
  });
  await t.test("a folder", () => {
    const result = loadConfig(root);
    assert.ok(isTrouble(result) && result.code === "CONFIG_UNREADABLE");
    assert.match(result.what, /found a folder/);
  });
  await t.test("no right", (context) => {
    if (process.getuid?.() === 0) return context.skip("root may read everything");
    const { folder } = load("");
    chmodSync(`${folder}/rempart.toml`, 0o000);
    const result = loadConfig(`${folder}/rempart.toml`);
    assert.ok(isTrouble(result) && result.code === "CONFIG_UNREADABLE");
    assert.match(result.what, /found no right to read it/);
  });
  await t.test("not UTF-8", () => {
    const { result } = load(new Uint8Array([0x23, 0xff, 0x0a]));
    assert.ok(isTrouble(result) && result.code === "CONFIG_UNREADABLE");
    assert.match(result.what, /found bytes that are not UTF-8/);
  });
  await t.test("not TOML", () => {
    const { folder, result } = load("mode = 'observe'\n[sip\n");
    assert.ok(isTrouble(result) && result.code === "CONFIG_INVALID");
    assert.ok(result.what.startsWith(`${folder}/rempart.toml:2:5: found no valid TOML, expected: `), result.what);
    assert.ok(!result.what.includes("\n"));
  });
});
