import { type Conf, type Setting, settingOf, splitArguments } from "../../asterisk/index.ts";
import { COMMON, isRun } from "./common.ts";
import { added, changed } from "./edit.ts";
import type { Row, Told } from "./row.ts";
import type { Site } from "./site.ts";
import { lastOf } from "./value.ts";

const SHORTEST_PIN = 6;
/** Sections of voicemail.conf that hold no mailboxes. */
const NO_BOXES = ["general", "zonemessages", "default-zonemessages"];

interface Box {
  readonly setting: Setting;
  readonly name: string;
  readonly pin: string;
}

/** `1234 => pin,name,mail`. A PIN with "-" in front is one that its owner may not change. */
function boxesOf(site: Site): readonly Box[] {
  if (!site.runs("app_voicemail", "voicemail.conf")) return [];
  const boxes: Box[] = [];
  for (const section of site.conf("voicemail.conf").sections) {
    if (section.template || NO_BOXES.includes(section.name.toLowerCase())) continue;
    for (const setting of section.settings) {
      // `1234@devices => 1234@default` is another name for a mailbox.
      if (!/^\d{1,32}$/.test(setting.key)) continue;
      const pin = splitArguments(setting.value)[0].replace(/^-/, "");
      boxes.push({ setting, name: `${setting.key}@${section.name}`, pin });
    }
  }
  for (const section of site.conf("users.conf").sections) {
    const isUser = !section.template && section.name.toLowerCase() !== "general";
    const setting = isUser ? lastOf(section, "vmsecret") : undefined;
    if (setting !== undefined) boxes.push({ setting, name: section.name, pin: setting.value });
  }
  return boxes;
}

function pinFault(box: Box): string | undefined {
  if (box.pin === "") return "no PIN";
  if (box.pin === box.name.split("@", 1)[0]) return "its own number as PIN";
  if (COMMON.has(box.pin.toLowerCase()) || isRun(box.pin)) return "a PIN that is tried first";
  return box.pin.length < SHORTEST_PIN ? `a PIN of ${box.pin.length} digits` : undefined;
}

/** Modules that listen, the file without which they do not start, their port, and what in the file says that they are used. */
const LISTEN: readonly [string, string, string, (conf: Conf) => boolean][] = [
  ["chan_iax2", "iax.conf", "UDP 4569", (c) => hasPeers(c, "guest") || hasSetting(c, "register")],
  [
    "chan_skinny",
    "skinny.conf",
    "TCP 2000",
    (c) => c.sections.some((s) => /^(?:lines|devices)$/i.test(s.name) && s.settings.length > 0) || hasPeers(c),
  ],
  ["chan_mgcp", "mgcp.conf", "UDP 2427", (c) => c.sections.some((s) => s.name.toLowerCase() !== "general")],
  ["chan_unistim", "unistim.conf", "UDP 5000", (c) => c.sections.some((s) => s.name.toLowerCase() !== "general")],
  ["chan_ooh323", "ooh323.conf", "TCP 1720", (c) => hasPeers(c)],
  ["chan_sip", "sip.conf", "UDP 5060", (c) => hasPeers(c) || hasSetting(c, "register")],
  [
    "pbx_dundi",
    "dundi.conf",
    "UDP 4520",
    (c) => c.sections.some((s) => /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(s.name)),
  ],
];

function hasPeers(conf: Conf, except = ""): boolean {
  return conf.sections.some(
    (s) => !s.template && s.name.toLowerCase() !== except && settingOf(s, "type") !== undefined,
  );
}

function hasSetting(conf: Conf, key: string): boolean {
  return conf.sections.some((s) => s.settings.some((each) => each.key === key));
}

/** Names of files that hold passwords or keys. */
const HOLDS_SECRETS =
  /(?:^|\/)(?:sip|pjsip|pjsip_wizard|iax|users|manager|ari|voicemail|extensions|extconfig|res_odbc|res_config_mysql|res_pgsql|res_ldap|cdr_mysql|cdr_pgsql|xmpp|sip_\w+|pjsip\.\w+|iax_\w+|manager_\w+|voicemail\w*)\.conf$|\.(?:pem|key)$/i;

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

function files(site: Site, told: (path: string, mode: number) => Told | undefined): readonly Told[] {
  return [...site.input.files].flatMap(([path, file]) => {
    const one = file.mode === undefined ? undefined : told(path, file.mode);
    return one === undefined ? [] : [one];
  });
}

export const KEEPING: readonly Row[] = [
  {
    rule: {
      id: "no-security-log",
      severity: "medium",
      title: "The log does not show who is turned away",
      why: "Without the level security there is no line with the address of a failed attempt: no log guard can ban, and nobody sees afterwards what happened.",
      fix: "Add security to a file in [logfiles] of logger.conf, and reload: asterisk -rx 'logger reload'.",
      see: ["[shield]"],
    },
    // logger.conf.sample: * stands for all levels.
    check: (site) => {
      const section = site.section("logger.conf", "logfiles");
      const levels = (s: Setting): string[] =>
        s.value
          .replace(/^\s*\[[^\]]{0,64}\]/, "")
          .split(",")
          .map((l) => l.trim().toLowerCase());
      if (section === undefined || section.settings.some((s) => levels(s).some((l) => l === "security" || l === "*")))
        return [];
      const target =
        section.settings.find((s) => /^messages/.test(s.key)) ?? section.settings.find((s) => s.key !== "console");
      const edits =
        target === undefined
          ? added(section, "security.log => security")
          : changed(site, target, `${target.value},security`);
      return [
        {
          at: target ?? section,
          says: "no file in [logfiles] has the level security",
          key: "logger.conf/logfiles/security",
          edits,
        },
      ];
    },
  },
  {
    rule: {
      id: "voicemail-pin",
      severity: "medium",
      title: "A voicemail PIN is easily guessed",
      why: "Anybody who calls in tries PINs. In the mailbox there are messages, and often a way to change the greeting or to call on.",
      fix: "Set a random PIN of six digits or more, and minpassword=6 in [general] of voicemail.conf, so that people keep to it.",
      see: [],
    },
    check: (site) =>
      boxesOf(site).flatMap((box): Told[] => {
        const fault = pinFault(box);
        const severity = box.pin === "" ? "high" : "medium";
        return fault === undefined
          ? []
          : [
              {
                at: box.setting,
                severity,
                says: `mailbox ${box.name} has ${fault}`,
                key: `voicemail.conf/${box.name}/pin`,
              },
            ];
      }),
  },
  {
    rule: {
      id: "voicemail-short-pins-allowed",
      severity: "low",
      title: "People may choose short voicemail PINs",
      why: "Where nothing stops them, people take 1234.",
      fix: "Set minpassword=6 in [general] of voicemail.conf.",
      see: [],
    },
    // voicemail.conf.sample: minpassword is 0 by default.
    check: (site) => {
      if (boxesOf(site).length === 0) return [];
      const general = site.section("voicemail.conf", "general");
      const setting = lastOf(general, "minpassword");
      if (general === undefined || Number(setting?.value ?? 0) >= SHORTEST_PIN) return [];
      const says = setting ? `minpassword=${setting.value}` : "minpassword is not set: any PIN will do";
      const edits = setting ? changed(site, setting, "6") : added(general, "minpassword = 6");
      return [{ at: setting ?? general, says, key: "voicemail.conf/general/minpassword", edits }];
    },
  },
  {
    rule: {
      id: "unused-listener",
      severity: "low",
      title: "A module listens and nothing uses it",
      why: "Each open port is code that strangers reach, and some of these drivers have had no care for years.",
      fix: "Write noload => into [modules] of modules.conf.",
      see: [],
    },
    check: (site) => {
      const modules = site.section("modules.conf", "modules");
      return LISTEN.flatMap(([module, file, port, isUsed]): Told[] => {
        if (!site.runs(module, file) || isUsed(site.conf(file))) return [];
        const edits = modules === undefined ? [] : added(modules, `noload => ${module}.so`);
        return [
          {
            at: { file, line: 0 },
            says: `${module} listens on ${port}, and ${file} names no one who uses it`,
            key: `modules.conf/${module}`,
            edits,
          },
        ];
      });
    },
  },
  {
    rule: {
      id: "file-writable",
      severity: "critical",
      title: "Everybody on this machine may change the configuration",
      why: "Any program there, a web site for one, writes a dialplan that calls outside or runs commands as Asterisk.",
      fix: "chmod 640 FILE, and chown root:asterisk FILE.",
      see: [],
    },
    check: (site) =>
      files(site, (path, mode) =>
        (mode & 0o002) === 0
          ? undefined
          : {
              at: { file: path, line: 0 },
              says: `${path} has mode ${octal(mode)}: everybody may write`,
              key: `${path}/mode-write`,
            },
      ),
  },
  {
    rule: {
      id: "file-readable",
      severity: "medium",
      title: "Everybody on this machine may read passwords",
      why: "Any program there reads the passwords of phones and carriers, or a private key.",
      fix: "chmod 640 FILE, and chown root:asterisk FILE.",
      see: [],
    },
    check: (site) =>
      files(site, (path, mode) =>
        (mode & 0o006) !== 0o004 || !HOLDS_SECRETS.test(path)
          ? undefined
          : {
              at: { file: path, line: 0 },
              says: `${path} has mode ${octal(mode)}: everybody may read`,
              key: `${path}/mode-read`,
            },
      ),
  },
  {
    rule: {
      id: "file-owner",
      severity: "low",
      title: "A file belongs to somebody else than the others",
      why: "Its owner may change it: a user of this machine then decides about calls, or a restored backup left it behind.",
      fix: "chown root:asterisk FILE.",
      see: [],
    },
    check: (site) => {
      const counts = new Map<number, number>();
      for (const { uid } of site.input.files.values())
        if (uid !== undefined) counts.set(uid, (counts.get(uid) ?? 0) + 1);
      const [usual] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
      return [...site.input.files].flatMap(([path, { uid }]): Told[] =>
        uid === undefined || uid === usual || uid === 0
          ? []
          : [
              {
                at: { file: path, line: 0 },
                says: `${path} belongs to user ${uid}, the others mostly to ${usual}`,
                key: `${path}/owner`,
              },
            ],
      );
    },
  },
];
