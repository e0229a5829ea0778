import { before, changed, isPublic, type Row, type Site, settingsAt, type Told, whole } from "./row.ts";
import { hasModule, paramOf, type Setting, settingOf } from "./script.ts";

const isNo = (value: string): boolean => /^(?:no|off|false|0)$/i.test(value);
const isYes = (value: string): boolean => /^(?:yes|on|true|1)$/i.test(value);

/** Listens at all, and not for other Kamailios alone. */
function listens(site: Site): readonly Setting[] {
  return site.script.settings.filter((s) => s.name === "listen" || s.name === "socket.bind" || s.name === "bind");
}

/** A setting that is no line of the file yet. */
function added(site: Site, line: string): Told["edits"] {
  return before(settingsAt(site), line);
}

/** A setting whose value is bad, or that is not there and whose default is. */
function told(site: Site, name: string, says: string, fixed: string, setting: Setting | undefined): Told {
  const key = `${site.main}/${name}`;
  if (setting === undefined) return { at: whole(site), says, key, edits: added(site, `${name}=${fixed}`) ?? [] };
  return { at: setting.origin, says, key, edits: changed(site, setting, fixed) };
}

export const GLOBALS: readonly Row[] = [
  {
    rule: {
      id: "kamailio-debug",
      severity: "low",
      title: "Kamailio logs at debug level",
      why: "Each request writes dozens of lines, answers to challenges among them: the disk fills, and a flood of requests becomes a flood of lines.",
      fix: "debug=2 or lower.",
      see: [],
    },
    check: (site) => {
      const debug = settingOf(site.script, "debug");
      if (debug === undefined || !(Number(debug.value) >= 3)) return [];
      return [told(site, "debug", `debug=${debug.value}.`, "2", debug)];
    },
  },
  {
    rule: {
      id: "kamailio-log-to-output",
      severity: "note",
      title: "Kamailio writes its log to its own output",
      why: "Messages that it cannot read stand there as they came, line ends and all: a caller can write lines that look like Kamailio's, and have others banned by what reads that log.",
      fix: "log_stderror=no, and read the syslog.",
      see: [],
    },
    check: (site) => {
      const output = settingOf(site.script, "log_stderror");
      if (output === undefined || !isYes(output.value)) return [];
      return [told(site, "log_stderror", `log_stderror=${output.value}.`, "no", output)];
    },
  },
  {
    rule: {
      id: "kamailio-log-prefix",
      severity: "note",
      title: "Callers' words stand before each line of the log",
      why: "A Call-ID may hold anything, the end of the prefix and a line of this log included: what reads the log has to guess where Kamailio's own words begin, or passes the line over.",
      fix: 'log_prefix="{$mt $rm} "',
      see: [],
    },
    check: (site) => {
      const prefix = settingOf(site.script, "log_prefix");
      if (prefix === undefined || !/\$(?:ci|hdr|[frt][uU]|ua|cs)/.test(prefix.value)) return [];
      return [told(site, "log_prefix", `log_prefix="${prefix.value.slice(0, 60)}".`, '"{$mt $rm} "', prefix)];
    },
  },
  {
    rule: {
      id: "kamailio-children",
      severity: "note",
      title: "Few processes for UDP",
      why: "A process that waits for a database or for DNS takes no request meanwhile: with few of them, a handful of requests that make them wait stops the service.",
      fix: "children=8, or as many as there are requests that wait at once.",
      see: [],
    },
    check: (site) => {
      const children = settingOf(site.script, "children");
      if (children === undefined || !(Number(children.value) < 4)) return [];
      return [told(site, "children", `children=${children.value}.`, "8", children)];
    },
  },
  {
    rule: {
      id: "kamailio-server-header",
      severity: "note",
      title: "Answers and requests tell the version",
      why: "Whoever looks for a version with a known fault finds it by one request. Hiding it is tidy, and no protection.",
      fix: "server_signature=no and user_agent_header of one's own.",
      see: ["banner"],
    },
    check: (site) => {
      const signature = settingOf(site.script, "server_signature");
      const header = settingOf(site.script, "server_header");
      if ((signature !== undefined && isNo(signature.value)) || header !== undefined) return [];
      return [
        told(
          site,
          "server_signature",
          "server_signature is on: Server and User-Agent name the version.",
          "no",
          signature,
        ),
      ];
    },
  },
  {
    rule: {
      id: "kamailio-auto-aliases",
      severity: "low",
      title: "Names from reverse DNS count as our own",
      why: "At its start Kamailio looks its addresses up, and uri==myself holds for what it is told: who answers for that zone decides which domains are local. Behind a slow DNS the start takes minutes.",
      fix: "auto_aliases=no, and an alias= line for each domain of one's own.",
      see: [],
    },
    check: (site) => {
      const auto = settingOf(site.script, "auto_aliases");
      if (auto !== undefined && isNo(auto.value)) return [];
      const says = auto === undefined ? "auto_aliases is not set, and on by itself." : `auto_aliases=${auto.value}.`;
      return [told(site, "auto_aliases", says, "no", auto)];
    },
  },
  {
    rule: {
      id: "kamailio-no-tls",
      severity: "note",
      title: "SIP without encryption alone",
      why: "Whoever is on the way reads who calls whom, and tries passwords at home from one captured registration.",
      fix: "In the stock file, #!define WITH_TLS and a certificate; TLS or WSS for phones that can.",
      see: ["no-tls"],
    },
    check: (site) => {
      const sockets = listens(site).map((s) => s.value);
      const isTls = hasModule(site.script, "tls") && isYes(settingOf(site.script, "enable_tls", "tls")?.value ?? "yes");
      if (isTls || site.script.routes.length === 0) return [];
      const says =
        sockets.length > 0 ? `Listens on ${sockets.slice(0, 4).join(", ")}.` : "The module tls is not loaded.";
      return [{ at: whole(site), says, key: `${site.main}/tls` }];
    },
  },
  {
    rule: {
      id: "kamailio-readable",
      severity: "low",
      title: "Everybody on this machine can read the password of the database",
      why: "Any process, a web server's script too, reads it and has all passwords of subscribers.",
      fix: "chown root:kamailio and chmod 640 for the files of Kamailio.",
      see: [],
    },
    check: (site) =>
      site.source.files.flatMap((file): Told[] => {
        const { mode, text } = site.input.files.get(file) ?? {};
        const holds =
          /^[^#\n]*?:\/\/[^:@/\s"]+:[^@/\s"]+@/m.test(text ?? "") ||
          /^#!(?:try)?def(?:ine)?[^\n]*:\/\/[^:@/\s"]+:[^@/\s"]+@/m.test(text ?? "");
        if (mode === undefined || (mode & 0o004) === 0 || !holds || !usesDatabase(site)) return [];
        return [
          {
            at: { file, line: 0 },
            says: `${file} has mode ${(mode & 0o777).toString(8)} and holds the URL of a database.`,
            key: `${file}/mode`,
          },
        ];
      }),
  },
  {
    rule: {
      id: "kamailio-default-password",
      severity: "high",
      title: "The database has the password that Kamailio's scripts give it",
      why: "It stands in every copy of Kamailio: whoever reaches the database has all subscribers and their passwords.",
      fix: "Change it in the database, in kamctlrc and in DBURL.",
      see: [],
    },
    check: (site) => {
      const hits = [...site.script.modparams, ...site.script.settings].filter((p) => /:kamailior[wo]@/.test(p.value));
      const [first] = hits;
      if (first === undefined) return [];
      const at = first.origin;
      return [
        {
          at,
          says: `The URL of the database for ${hits.length} of the settings has it.`,
          key: `${at.file}/database-password`,
        },
      ];
    },
  },
  {
    rule: {
      id: "kamailio-media-relay",
      severity: "note",
      title: "A media relay is in use: look whether it takes packets from anywhere",
      why: "A relay that learns a phone's address from the first packet sends the call to whoever sends one first (RTPBleed). That is a matter of the relay's own settings, which are not here.",
      fix: "rtpengine: strict-source where the phones' NAT allows it, and no endless learning. `rempart probe` asks it.",
      see: ["rtp-bleed"],
    },
    check: (site) => {
      const used = ["rtpengine", "rtpproxy", "mediaproxy"].filter((m) => hasModule(site.script, m));
      const module = site.script.modules.find((m) => m.name === used[0]);
      return module === undefined
        ? []
        : [
            {
              at: module.spot,
              says: `The module ${used.join(", ")} is loaded.`,
              key: `${module.spot.file}/media-relay`,
            },
          ];
    },
  },
  {
    rule: {
      id: "kamailio-media-control",
      severity: "medium",
      title: "The media relay is controlled over the network",
      why: "Its control protocol knows no password: whoever reaches that port redirects calls' audio.",
      fix: "Bind it to 127.0.0.1, or let a firewall pass this server alone.",
      see: ["manager-exposed"],
    },
    check: (site) =>
      (
        [
          ["rtpengine", "rtpengine_sock"],
          ["rtpproxy", "rtpproxy_sock"],
        ] as const
      ).flatMap(([module, name]): Told[] => {
        const socket = paramOf(site.script, module, name);
        const far = socket?.value
          .split(/[\s;]+/)
          .find((v) => /^(?:udp6?|tcp):/.test(v) && isPublic(v.replace(/^\w+:/, "")));
        if (socket === undefined || far === undefined || !hasModule(site.script, module)) return [];
        return [{ at: socket.origin, says: `${name} is ${far}.`, key: `${socket.spot.file}/${name}` }];
      }),
  },
];

function usesDatabase(site: Site): boolean {
  return site.script.modparams.some((p) => /:\/\//.test(p.value));
}
