/** What is taken from fail2ban's and SIPCheck's configuration, and what is told to have no counterpart. Samples are our own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Fail2banFile,
  Ini,
  importFail2ban,
  importSipcheck,
  isSipcheck,
  jailsOf,
  planToml,
  readJails,
} from "../index.ts";
import { secondsOf } from "./fail2ban.ts";

const STOCK =
  "[INCLUDES]\nbefore = paths.conf\n[DEFAULT]\nbantime = 10m\nfindtime = 10m\nmaxretry = 5\nignoreip =\n" +
  "[asterisk]\nport = 5060,5061\nlogpath = %(pbx_log)s\nmaxretry = 10\n[freeswitch]\nlogpath = /var/log/freeswitch.log\n[sshd]\nport = ssh\n";
const PATHS = "[DEFAULT]\npbx_log = /var/log/asterisk/messages\n";

function jails(...files: readonly string[]): Ini {
  const all = files.map((text, i): Fail2banFile => ({ name: `${i}.conf`, text }));
  return readJails([{ name: "jail.conf", text: STOCK }, ...all], (name) => (name === "paths.conf" ? PATHS : undefined));
}

interface Case {
  readonly what: string;
  readonly local: string;
  /** A line each that must stand in the TOML; "!" before it: must not. */
  readonly toml: readonly string[];
}

const FAIL2BAN: readonly Case[] = [
  {
    what: "an enabled jail: limit, log and ports, through an included file and [DEFAULT]",
    local: "[asterisk]\nenabled = true\n",
    toml: [
      'limits = ["10 in 10 min"]',
      'ports = ["5060", "5061"]',
      'path = "/var/log/asterisk/messages"',
      'format = "asterisk"',
      "#  - jail freeswitch: it is not enabled",
      "#  - jail asterisk: bantime = 10m: bans last 10 min, then 1 h, 6 h, 1 d and 7 d; for longer: rempart bans add ADDRESS --for 30d",
    ],
  },
  {
    what: "ignoreip over several lines, with a comment, a mask, IPv6, and a name that is none",
    local:
      "[DEFAULT]\nignoreip = 127.0.0.1/8 ::1  ; here\n  203.0.113.0/255.255.255.0\n  office.example.org 0.0.0.0/0\n[asterisk]\nenabled = yes\n",
    toml: [
      'never = ["127.0.0.0/8", "::1", "203.0.113.0/24"]',
      "#  - jail asterisk: ignoreip office.example.org: no address; write the addresses it stands for into [shield] never",
      "#  - jail asterisk: ignoreip 0.0.0.0/0: that is everybody",
    ],
  },
  {
    what: "what refers to another section, to what stood there before, and to nothing",
    local:
      "[DEFAULT]\nmaxretry = %(other/maxretry)s\n[other]\nmaxretry = 3\n[freeswitch]\nenabled = true\nlogpath = %(known/logpath)s\n  /var/log/%(nothing)s.log\n",
    toml: [
      'limits = ["3 in 10 min"]',
      'path = "/var/log/freeswitch.log"',
      'format = "freeswitch"',
      "#  - jail freeswitch: logpath /var/log/%(nothing)s.log: name each file in a [[watch.log]]",
    ],
  },
  {
    what: "two jails: each limit once; the journal; a pattern of files; a range of ports; actions",
    local:
      "[asterisk]\nenabled = true\nfindtime = 1h 30m\nmaxretry = 4\nport = sip,5060:5090\nlogpath = /var/log/asterisk/*.log\naction = iptables-allports\n" +
      "[my-pbx]\nenabled = on\nfilter = kamailio[mode=all]\nbackend = systemd\njournalmatch = _SYSTEMD_UNIT=kamailio.service + _COMM=kamailio\n",
    toml: [
      'limits = ["4 in 90 min", "5 in 10 min"]',
      'ports = ["5060"]',
      'unit = "kamailio.service"',
      'format = "kamailio"',
      "#  - jail asterisk: logpath /var/log/asterisk/*.log: name each file in a [[watch.log]]",
      "#  - jail asterisk: port 5060:5090: no single port; without [watch] ports those of the phone system count",
      "#  - jail asterisk: action = iptables-allports: the kernel is told by Rempart's own helper; events are written to the file of `events`",
      '!/var/log/asterisk/*.log"',
    ],
  },
  {
    what: "a time beyond a day",
    local: "[asterisk]\nenabled=1\nfindtime = 2d\n",
    toml: ["!limits", "#  - jail asterisk: maxretry 10 in findtime 2d: a limit counts at least 1 within a day at most"],
  },
  {
    what: "a value that would end the comment",
    local: "[asterisk]\nenabled=true\nignoreip = a\u000bb\u001b\n",
    toml: ["#  - jail asterisk: ignoreip b : no address; write the addresses it stands for into [shield] never"],
  },
];

for (const { what, local, toml } of FAIL2BAN) {
  test(`fail2ban: ${what}`, () => check(planToml(importFail2ban(jails(local))), toml));
}

function check(text: string, wanted: readonly string[]): void {
  const lines = text.split("\n");
  for (const each of wanted) {
    if (each.startsWith("!")) assert.ok(!text.includes(each.slice(1)), text);
    else assert.ok(lines.includes(each), `${each}\n---\n${text}`);
  }
}

test("fail2ban: which jails guard a phone system; no other is looked at", () => {
  const found = jailsOf(
    jails("[asterisk]\nenabled = true\n[x]\nfilter = asterisk-security\n[recidive]\nenabled = true\n"),
  );
  assert.deepEqual(
    found.map((j) => [j.name, j.format, j.enabled]),
    [
      ["asterisk", "asterisk", true],
      ["freeswitch", "freeswitch", false],
      ["x", "asterisk", false],
    ],
  );
});

test("fail2ban: values that refer to each other have an end", () => {
  const loop = "[asterisk]\nenabled=true\nlogpath = %(a)s\na = %(b)s%(b)s\nb = %(a)s%(a)s\n";
  const began = performance.now();
  importFail2ban(jails(loop));
  assert.ok(performance.now() - began < 1_000);
});

const TIMES: readonly [string, number | undefined][] = [
  ["600", 600],
  ["10m", 600],
  ["1d 12h", 129_600],
  ["1w", 604_800],
  ["1mo", 2_629_800],
  ["2 hours", 7_200],
  ["-1", undefined],
  ["soon", undefined],
  ["5 parsecs", undefined],
  ["", undefined],
];
for (const [text, seconds] of TIMES) test(`fail2ban's time "${text}"`, () => assert.equal(secondsOf(text), seconds));

const NEW =
  "[manager]\nhost: 127.0.0.1\nport: 5039\nusername: guard\npassword: topsecret\n[log]\nlevel = INFO   \nfile = /var/log/sipcheck.log\n" +
  "[attacker]\nmaxNumTries = 5   \nBLExpireTime = 86400\nWLExpireTime = 21600\nTLExpireTime = 3600\niptablesChain = INPUT\n";
const OLD =
  "[general]\nmessagefile=/var/log/asterisk/messages\t\t; the log\nuseiptables=True\nminticks=4\t; tries\n[shared]\nenable=True\nkey=k3y\n" +
  "[ignore]\t; ours\nown=198.51.100.227/32,10.0.0.0/12, nonsense\n";

test("SIPCheck 3: it bans who has more than so many tries; its password goes nowhere", () => {
  const toml = planToml(importSipcheck(iniOf(NEW), "# friends\n203.0.113.5\nfriend.example.org\n"));
  check(toml, [
    'limits = ["6 in 1 h"]',
    'never = ["203.0.113.5"]',
    "[watch.manager]",
    'host = "127.0.0.1"',
    "port = 5039",
    'user = "guard"',
    'secret_file = "manager.secret"',
    "#  - [attacker] blexpiretime = 86400: bans last 10 min, then 1 h, 6 h, 1 d and 7 d",
    "#  - whitelist.txt: friend.example.org: no address or block",
    "!topsecret",
  ]);
});

test("SIPCheck before 3: the log, the number of tries and the addresses it ignores; its key goes nowhere", () => {
  const toml = planToml(importSipcheck(iniOf(OLD), undefined));
  check(toml, [
    'limits = ["4 in 10 min"]',
    'path = "/var/log/asterisk/messages"',
    'never = ["198.51.100.227", "10.0.0.0/12"]',
    "#  - [ignore] own: nonsense: no address or block",
    "!k3y",
  ]);
  assert.ok(!isSipcheck(iniOf(STOCK)));
});

function iniOf(text: string): Ini {
  const ini = new Ini();
  ini.add("sipcheck.conf", text);
  assert.equal(isSipcheck(ini), text !== STOCK);
  return ini;
}
