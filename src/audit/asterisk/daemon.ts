import { changed, set } from "./edit.ts";
import type { Row } from "./row.ts";
import { isOn, lastOf } from "./value.ts";
import { isBefore } from "./version.ts";

export const DAEMON: readonly Row[] = [
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
