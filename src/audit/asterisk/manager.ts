import { type Section, type Setting, settingOf } from "../../asterisk/index.ts";
import { changed, set } from "./edit.ts";
import type { Row, Told } from "./row.ts";
import type { Site } from "./site.ts";
import { isLoopback, isOn, isWildcard, lastOf, parts, valueIn } from "./value.ts";
import { isBefore } from "./version.ts";

/** Rights that end in a shell on this machine, one way or another. */
const POWERS = ["system", "command", "originate", "all", "config"];

function isOnAt(section: Section | undefined): boolean {
  return isOn(valueIn(section, "enabled"), false);
}

/** The manager interface, where it is on: its section, and where it listens. */
function manager(
  site: Site,
): { readonly general: Section; readonly bind: Setting | undefined; readonly open: boolean } | undefined {
  const general = site.section("manager.conf", "general");
  if (general === undefined || !isOnAt(general)) return undefined;
  const bind = lastOf(general, "bindaddr");
  // main/manager.c: every address where nothing is said.
  return { general, bind, open: bind === undefined || !isLoopback(bind.value) };
}

function users(site: Site): readonly Section[] {
  return site
    .conf("manager.conf")
    .sections.filter((s) => !s.template && s.name.toLowerCase() !== "general" && settingOf(s, "secret"));
}

function isLimited(section: Section): boolean {
  return settingOf(section, "deny") !== undefined || settingOf(section, "acl") !== undefined;
}

/** Whether what strangers send reaches HTTP, and so AMI over HTTP and ARI. */
function http(
  site: Site,
): { readonly general: Section; readonly bind: Setting | undefined; readonly open: boolean } | undefined {
  const general = site.section("http.conf", "general");
  if (general === undefined || !isOnAt(general)) return undefined;
  const bind = lastOf(general, "bindaddr");
  // UPGRADE-10.txt: without bindaddr the server does not run; before, it took every address.
  const standard = site.version !== undefined && isBefore(site.version, [10]);
  return { general, bind, open: bind === undefined ? standard : !isLoopback(bind.value) };
}

const NEAR = "Set bindaddr=127.0.0.1, and reach it from elsewhere through SSH or a VPN.";

export const MANAGER: readonly Row[] = [
  {
    rule: {
      id: "manager-open",
      severity: "high",
      title: "The manager interface listens beyond this machine",
      why: "Who guesses one name and password there originates calls, reads every secret in the configuration, and mostly runs commands. Nothing slows guessing down.",
      fix: NEAR,
      see: ["manager-exposed"],
    },
    check: (site) => {
      const found = manager(site);
      if (!found?.open) return [];
      const { general, bind } = found;
      const says = bind
        ? `the manager interface listens at ${bind.value}`
        : "the manager interface listens at every address: no bindaddr";
      const severity = bind === undefined || isWildcard(bind.value) ? "high" : "medium";
      return [
        {
          at: bind ?? general,
          severity,
          says,
          key: "manager.conf/general/bindaddr",
          edits: set(site, general, bind, "bindaddr", "127.0.0.1"),
        },
      ];
    },
  },
  {
    rule: {
      id: "manager-no-tls",
      severity: "medium",
      title: "The manager interface is reached without TLS",
      why: "Names, passwords and every call's data go over the network as they are.",
      fix: `${NEAR} Or tlsenable=yes with a certificate, and the plain port closed by the firewall.`,
      see: ["manager-exposed"],
    },
    check: (site) => {
      const found = manager(site);
      if (!found?.open || isOn(valueIn(found.general, "tlsenable"), false)) return [];
      return [
        {
          at: found.general,
          says: "the manager interface listens beyond this machine and has no TLS",
          key: "manager.conf/general/tlsenable",
        },
      ];
    },
  },
  {
    rule: {
      id: "manager-user-powers",
      severity: "medium",
      title: "A manager user may run commands or originate calls",
      why: "Each of system, command, originate and config ends in a shell on this machine: originate can call System(), config writes the dialplan. Treat them alike.",
      fix: "Take them out of write= where the program does not need them. Where it does: deny=0.0.0.0/0.0.0.0, permit= its address, and a password of its own.",
      see: ["manager-exposed"],
    },
    check: (site) => {
      const reach = manager(site);
      return users(site).flatMap((section): Told[] => {
        const write = lastOf(section, "write");
        const powers = parts(write?.value).filter((p) => POWERS.includes(p));
        if (write === undefined || powers.length === 0) return [];
        const severity = reach?.open && !isLimited(section) ? "high" : isLimited(section) ? "low" : "medium";
        const says = `manager user ${section.name} may write ${powers.join(", ")}${isLimited(section) ? ", from its own addresses" : ""}`;
        return [{ at: write, severity, says, key: `manager.conf/${section.name}/write` }];
      });
    },
  },
  {
    rule: {
      id: "manager-user-anywhere",
      severity: "medium",
      title: "A manager user may log in from anywhere",
      why: "A password that leaks, or is guessed, works from every address that reaches the port.",
      fix: "Set deny=0.0.0.0/0.0.0.0 and permit=127.0.0.1/255.255.255.255 (or the program's address) for the user.",
      see: ["manager-exposed"],
    },
    check: (site) => {
      const reach = manager(site);
      return (
        users(site)
          // permit without deny is told as such.
          .filter((s) => !isLimited(s) && settingOf(s, "permit") === undefined)
          .map((section) => {
            const edits = [
              {
                file: section.file,
                line: section.line + 1,
                count: 0,
                lines: ["deny = 0.0.0.0/0.0.0.0", "permit = 127.0.0.1/255.255.255.255"],
              },
            ];
            const says = `manager user ${section.name} has neither deny nor acl`;
            return {
              at: section,
              severity: reach?.open ? "medium" : "low",
              says,
              key: `manager.conf/${section.name}/deny`,
              edits,
            };
          })
      );
    },
  },
  {
    rule: {
      id: "manager-over-http",
      severity: "medium",
      title: "The manager interface is reached over HTTP",
      why: "webenabled puts the same names and passwords behind a web server, where browsers and scanners are.",
      fix: "Set webenabled=no, unless a program of yours speaks it; then keep HTTP at 127.0.0.1.",
      see: ["http-exposed"],
    },
    check: (site) => {
      const found = manager(site);
      const setting = lastOf(found?.general, "webenabled");
      if (setting === undefined || !isOn(setting.value, false) || !http(site)?.open) return [];
      return [
        {
          at: setting,
          says: "webenabled=yes, and HTTP listens beyond this machine",
          key: "manager.conf/general/webenabled",
          edits: changed(site, setting, "no"),
        },
      ];
    },
  },
  {
    rule: {
      id: "http-open",
      severity: "medium",
      title: "Asterisk's HTTP server listens beyond this machine",
      why: "ARI, AMI over HTTP and WebSockets stand behind it: who guesses a password there controls calls.",
      fix: `${NEAR} WebRTC phones need WebSockets alone: let a proxy in front hand those on.`,
      see: ["http-exposed", "[[sip.listen]] wss"],
    },
    check: (site) => {
      const found = http(site);
      if (!found?.open) return [];
      const { general, bind } = found;
      const says = bind ? `HTTP listens at ${bind.value}` : "HTTP listens at every address: no bindaddr";
      return [
        {
          at: bind ?? general,
          says,
          key: "http.conf/general/bindaddr",
          edits: set(site, general, bind, "bindaddr", "127.0.0.1"),
        },
      ];
    },
  },
  {
    rule: {
      id: "http-no-tls",
      severity: "medium",
      title: "HTTP is spoken without TLS",
      why: "ARI's passwords go over the network as they are, and so do the registrations of WebRTC phones.",
      fix: "Set tlsenable=yes with tlscertfile, and keep the plain port at 127.0.0.1.",
      see: ["http-exposed"],
    },
    check: (site) => {
      const found = http(site);
      if (!found?.open || isOn(valueIn(found.general, "tlsenable"), false)) return [];
      return [
        {
          at: found.general,
          says: "HTTP listens beyond this machine and has no TLS",
          key: "http.conf/general/tlsenable",
        },
      ];
    },
  },
  {
    rule: {
      id: "http-tells",
      severity: "low",
      title: "HTTP tells strangers about this Asterisk",
      why: "The status page and static files show version, paths and what is loaded: an attacker knows which weakness to try.",
      fix: "Set enable_status=no and enable_static=no.",
      see: ["banner"],
    },
    check: (site) =>
      ["enable_status", "enable_static", "enablestatic"].flatMap((key): Told[] => {
        const setting = lastOf(http(site)?.general, key);
        if (setting === undefined || !isOn(setting.value, false)) return [];
        return [
          {
            at: setting,
            says: `${key}=${setting.value}`,
            key: `http.conf/general/${key}`,
            edits: changed(site, setting, "no"),
          },
        ];
      }),
  },
  {
    rule: {
      id: "ari-user-writes",
      severity: "medium",
      title: "An ARI user may do everything, from anywhere",
      why: "ARI originates calls and may set any variable of a call. With HTTP open to strangers, one password stands between them and your trunks.",
      fix: "Set read_only=yes where it is enough; deny and permit for the program's address where your version knows them in ari.conf; HTTP at 127.0.0.1.",
      see: ["http-exposed"],
    },
    check: (site) => {
      if (!http(site)?.open || !isOn(valueIn(site.section("ari.conf", "general"), "enabled"), true)) return [];
      return site
        .conf("ari.conf")
        .sections.filter((s) => !s.template && settingOf(s, "password") !== undefined)
        .filter((s) => !isOn(settingOf(s, "read_only"), false) && !isLimited(s))
        .map((s) => ({
          at: s,
          says: `ARI user ${s.name} may write, from anywhere`,
          key: `ari.conf/${s.name}/read_only`,
        }));
    },
  },
  {
    rule: {
      id: "ari-any-origin",
      severity: "medium",
      title: "Every web page may use ARI",
      why: "With allowed_origins=* a page that an administrator happens to open speaks with ARI in his browser's name.",
      fix: "Name the pages that need it in allowed_origins, or leave it out.",
      see: [],
    },
    check: (site) => {
      const setting = lastOf(site.section("ari.conf", "general"), "allowed_origins");
      if (setting === undefined || !parts(setting.value).includes("*")) return [];
      return [{ at: setting, says: "allowed_origins=*", key: "ari.conf/general/allowed_origins" }];
    },
  },
  {
    rule: {
      id: "live-dangerously",
      severity: "high",
      title: "Dialplan functions may be called from outside (live_dangerously)",
      why: "Who has any right on AMI or ARI reads SHELL() and writes FILE(): commands and files on this machine.",
      fix: "Set live_dangerously=no in [options] of asterisk.conf.",
      see: ["manager-exposed"],
    },
    // The best-practice text of Asterisk: no by default from 12 on; before, yes.
    check: (site) => {
      const options = site.section("asterisk.conf", "options");
      const setting = lastOf(options, "live_dangerously");
      const standard = site.version !== undefined && isBefore(site.version, [12]) && site.has("asterisk.conf");
      if (!isOn(setting?.value, standard)) return [];
      const says = setting
        ? `live_dangerously=${setting.value}`
        : "live_dangerously is not set, and this version takes that for yes";
      const at = setting ?? options ?? { file: "asterisk.conf", line: 0 };
      return [
        {
          at,
          says,
          key: "asterisk.conf/options/live_dangerously",
          edits: set(site, options, setting, "live_dangerously", "no"),
        },
      ];
    },
  },
  {
    rule: {
      id: "runs-as-root",
      severity: "high",
      title: "Asterisk runs as root",
      why: "Whatever breaks into Asterisk has the whole machine at once.",
      fix: "Set runuser=asterisk and rungroup=asterisk in [options] of asterisk.conf, and give it its folders.",
      see: [],
    },
    check: (site) => {
      const setting = lastOf(site.section("asterisk.conf", "options"), "runuser");
      if (setting === undefined || setting.value.toLowerCase() !== "root") return [];
      return [
        {
          at: setting,
          says: "runuser=root",
          key: "asterisk.conf/options/runuser",
          edits: changed(site, setting, "asterisk"),
        },
      ];
    },
  },
];
