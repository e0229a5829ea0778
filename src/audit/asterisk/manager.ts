import { type Section, settingOf } from "../../asterisk/index.ts";
import { hasAddresses, http, manager, NEAR } from "./bound.ts";
import { changed, set } from "./edit.ts";
import type { Row, Told } from "./row.ts";
import type { Site } from "./site.ts";
import { isOn, isWildcard, lastOf, parts, valueIn } from "./value.ts";

/** Rights that end in a shell on this machine, one way or another. */
const POWERS = ["system", "command", "originate", "all", "config"];

function users(site: Site): readonly Section[] {
  return site
    .conf("manager.conf")
    .sections.filter((s) => !s.template && s.name.toLowerCase() !== "general" && settingOf(s, "secret"));
}

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
        const severity = reach?.open && !hasAddresses(section) ? "high" : hasAddresses(section) ? "low" : "medium";
        const says = `manager user ${section.name} may write ${powers.join(", ")}${hasAddresses(section) ? ", from its own addresses" : ""}`;
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
          .filter((s) => !hasAddresses(s) && settingOf(s, "permit") === undefined)
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
];
