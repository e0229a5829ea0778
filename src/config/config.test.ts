/** What good configurations mean. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { config, LISTEN, load } from "./config.fixture.ts";
import { loadConfig, showConfig } from "./index.ts";

test("an empty file gives the defaults, frozen and cloneable", () => {
  const { folder, result } = load("");
  assert.ok(!isTrouble(result));
  const { state, sip, shield, ...rest } = result.config;
  assert.ok(state.endsWith("/var") && !state.startsWith(folder));
  assert.deepEqual([shield.never, shield.decoys.includes("admin")], [[], true]);
  assert.deepEqual(
    shield.scenarios.find((s) => s.name === "wrong-password"),
    {
      name: "wrong-password",
      mode: "enforce",
      limits: [
        { count: 6, within: 600_000 },
        { count: 20, within: 86_400_000 },
      ],
      answer: "silence",
    },
  );
  assert.deepEqual(rest, {
    mode: "observe",
    tls: { minVersion: "1.2", require: [], certificates: [], peers: [], acme: undefined },
    ws: { origins: [] },
    backends: [],
    trunks: [],
    dial: {
      preset: "none",
      allow: ["internal", "national", "mobile"],
      allowAnonymous: false,
      allowForeignDomains: false,
      classes: [],
    },
    watch: {
      asterisk: "/etc/asterisk",
      udpEvidence: "mute",
      limits: false,
      ports: [],
      logs: [],
      journals: [],
      lines: [],
      manager: undefined,
    },
    firewall: {
      host: {
        ssh: { ports: [22], from: [] },
        console: { ports: [], from: [] },
        sip: { from: [] },
        rtp: "auto",
        open: [],
        outbound: [],
      },
      backend: "nft",
      table: "rempart",
      keep: false,
      stranger: { rate: 20, burst: 40 },
      strangers: { rate: 2_000, burst: 400 },
    },
    dns: { servers: [] },
    front: {
      register: "edge",
      contact: "rewrite",
      localCalls: "direct",
      login: "same",
      unregistered: "refuse",
      privatePort: 5_070,
      topology: "hide",
      balance: "weight",
    },
    probe: { interval: 1, downAfter: 2, upAfter: 2, expect: [] },
    registrar: { minExpires: 60, maxExpires: 3600, defaultExpires: 3600, maxContacts: 10 },
    auth: { algorithms: ["SHA-256", "MD5"], nonceLifetime: 300 },
    accounts: undefined,
    metrics: undefined,
    events: "",
    log: { level: "info" },
  });
  assert.deepEqual(sip.domains, ["rempart.local"]);
  assert.deepEqual(
    sip.listen.filter((l) => l.family === 4).map((l) => `${l.transport} ${l.address} ${l.port} ${l.side}`),
    ["udp 0.0.0.0 5060 public", "tcp 0.0.0.0 5060 public", "tls 0.0.0.0 5061 public"],
  );
  assert.deepEqual(sip.tcp, { halfMessage: 4, idle: 300, perSource: 64 });
  assert.throws(() => Object.assign(sip.listen[0], { port: 1 }), TypeError);
  assert.deepEqual(structuredClone(result.config), result.config);
});

test("[shield] is read, and shown as it can be read again", () => {
  const text = `
    [shield]
    never = ["203.0.113.9/24", "2001:DB8::1"]
    decoys = ["fax-2"]
    [shield.scenarios.scanner]
    mode = "observe"
    limits = ["2 in 1 h"]
  `;
  const { result } = load(text);
  assert.ok(!isTrouble(result), JSON.stringify(result));
  const { shield } = result.config;
  assert.deepEqual([shield.never, shield.decoys], [["203.0.113.0/24", "2001:db8::1"], ["fax-2"]]);
  assert.deepEqual(
    shield.scenarios.find((s) => s.name === "scanner"),
    { name: "scanner", mode: "observe", limits: [{ count: 2, within: 3_600_000 }], answer: "silence" },
  );
  const again = load(showConfig(result.config)).result;
  assert.ok(!isTrouble(again));
  assert.deepEqual(again.config.shield, shield);
});

test("everything that may be written is read", () => {
  const text = `
    mode = "enforce"
    state = "here"
    [sip]
    domains = ["PBX.Example.org", "[2001:DB8::0:1]"]
    realm = "office"
    [[sip.listen]]
    transport = "tcp"
    address = "[2001:db8:0::1]:0"
    side = "private"
    advertise = "Edge.Example.org"
    [[backend]]
    name = "asterisk-1"
    uri = "sip:[fd00::1]:5070;transport=tcp"
    [registrar]
    max_expires = 50
    [auth]
    algorithms = ["MD5", "SHA-512-256", "MD5"]
  `;
  const { folder, result } = load(text);
  assert.ok(!isTrouble(result));
  const c = result.config;
  assert.deepEqual(result.files, [`${folder}/rempart.toml`]);
  assert.equal(c.state, `${folder}/here`);
  assert.deepEqual(c.sip.domains, ["pbx.example.org", "2001:db8::1"]);
  assert.deepEqual(c.sip.listen, [
    { transport: "tcp", family: 6, address: "2001:db8::1", port: 0, side: "private", advertise: "edge.example.org" },
  ]);
  const uri = "sip:[fd00::1]:5070;transport=tcp";
  assert.deepEqual(c.backends, [
    { name: "asterisk-1", uri, host: "fd00::1", port: 5070, transport: "tcp", weight: 1, priority: 1 },
  ]);
  assert.deepEqual(c.registrar, { minExpires: 50, maxExpires: 50, defaultExpires: 50, maxContacts: 10 });
  assert.deepEqual(c.auth.algorithms, ["SHA-512-256", "MD5"], "strongest first, each once");
});

test("what `config show` prints says the same again", () => {
  for (const text of [
    "",
    `[sip]\ndomains = ["b.example", "10.0.0.1"]\n[tls.acme]\nagree_tos = true\ndirectory = "staging"`,
    `${LISTEN}advertise = "203.0.113.5"\n[[backend]]\nname = "a"\nuri = "sip:pbx"\n[sip]\nrealm = "x"`,
  ]) {
    const first = config(text);
    assert.deepEqual(config(showConfig(first)), first);
  }
});

test("conf.d is laid over the file in order of names", () => {
  const merged = config(`${LISTEN}[sip]\ndomains = ["a.example"]\nrealm = "one"\n[log]\nlevel = "warn"`, {
    "20-late.toml": '[log]\nlevel = "error"\n[[sip.listen]]\ntransport = "tcp"\naddress = "127.0.0.1:5060"',
    "10-early.toml": '[log]\nlevel = "debug"\n[sip]\ndomains = ["b.example"]',
    "30-other.conf": "not read",
    ".hidden.toml": "not read",
  });
  assert.equal(merged.log.level, "error");
  assert.deepEqual(merged.sip.domains, ["b.example"]);
  assert.equal(merged.sip.realm, "one");
  assert.deepEqual(
    merged.sip.listen.map((l) => l.transport),
    ["udp", "tcp"],
  );
});

test("a fault in conf.d is told in the words of its own file", () => {
  const { result } = load(LISTEN, {
    "10-tcp.toml": '[[sip.listen]]\ntransport = "tcp"\naddress = "nowhere"\n[sip.tcp]\nidle = 1',
    "20-log.toml": "[log]\nlevl = 'warn'",
  });
  assert.ok(isTrouble(result));
  assert.deepEqual(result.details, [
    '10-tcp.toml: sip.listen[0].address: found "nowhere", expected an address and a port such as 0.0.0.0:5060 or [::]:5060',
    "10-tcp.toml: sip.tcp.idle: found 1, expected a whole number from 10 to 86400 (seconds)",
    "20-log.toml: log.levl: found an unknown key, expected level",
  ]);
});

test("[[trunk]] and [dial] are read, and shown as they can be read again", () => {
  const text = [
    "[[trunk]]\nname = 'ovh'\naddresses = ['203.0.113.9/28', '2001:DB8::1']\nfrom_domain = 'Carrier.example'",
    "[dial]\npreset = 'fr'\nallow = ['premium']\nallow_anonymous = true\n[dial.classes]\n'3xxx' = 'internal'\n'0033' = 'mobile'",
  ].join("\n");
  const read = config(text);
  assert.deepEqual(read.trunks, [
    { name: "ovh", addresses: ["203.0.113.0/28", "2001:db8::1"], transport: "", fromDomain: "carrier.example" },
  ]);
  assert.deepEqual(read.dial.allow, ["premium"]);
  assert.deepEqual(Object.fromEntries(read.dial.classes), { "3xxx": "internal", "0033": "mobile" });
  const again = config(showConfig(read));
  assert.deepEqual([again.trunks, again.dial], [read.trunks, read.dial]);
});

test("networks of a peer and origins are held as they will be compared", () => {
  const peer = "[[tls.peer]]\nname = 'a'\naddress = ['::ffff:198.51.100.9', '::FFFF:10.1.0.0/104', '2001:DB8::/32']\n";
  const web =
    "[ws]\norigins = ['HTTPS://Phone.example.org:443', 'http://b.example:80', 'https://c.example:8443', 'D.example']\n";
  const { tls, ws } = config(LISTEN + peer + web);
  assert.deepEqual(tls.peers[0].address, ["198.51.100.9", "10.0.0.0/8", "2001:db8::/32"]);
  assert.deepEqual(ws.origins, [
    "https://phone.example.org",
    "http://b.example",
    "https://c.example:8443",
    "d.example",
  ]);
});

test("[dns] servers: with a port or without, and shown as they can be read again", () => {
  const read = config("[dns]\nservers = ['10.0.0.53', '2001:DB8::53', '[::1]:5353']");
  assert.deepEqual(read.dns.servers, ["10.0.0.53:53", "[2001:db8::53]:53", "[::1]:5353"]);
  assert.deepEqual(config(showConfig(read)).dns, read.dns);
});

test("lines that are laid over a file count last, and a fault in them is told as theirs", () => {
  const { folder } = load('mode = "observe"\n[shield]\nnever = ["192.0.2.1"]\n');
  const over = (...lines: string[]) => loadConfig(`${folder}/rempart.toml`, lines);
  const laid = over(
    'mode = "enforce"',
    'shield.scenarios.wrong-password.limits=["3 in 10 min"]',
    'shield.never=["192.0.2.2"]',
  );
  assert.ok(!isTrouble(laid));
  const { mode, shield } = laid.config;
  assert.deepEqual([mode, shield.never, laid.files.length], ["enforce", ["192.0.2.2"], 1]);
  assert.deepEqual(shield.scenarios.find((s) => s.name === "wrong-password")?.limits, [{ count: 3, within: 600_000 }]);
  for (const line of ["mode", "mode = 'x'", "[sip]\nrealm = 'x'", "shield.never = 1"]) {
    const refused = over(line);
    assert.ok(isTrouble(refused) && refused.what.startsWith("--set"), JSON.stringify(refused));
  }
});
