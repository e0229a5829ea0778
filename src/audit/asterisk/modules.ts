import { type Conf, settingOf } from "../../asterisk/index.ts";
import { added } from "./edit.ts";
import type { Row, Told } from "./row.ts";

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

export const MODULES: readonly Row[] = [
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
];
