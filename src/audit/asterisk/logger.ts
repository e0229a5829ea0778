import type { Setting } from "../../asterisk/index.ts";
import { added, changed } from "./edit.ts";
import type { Row } from "./row.ts";

export const LOGGER: readonly Row[] = [
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
];
