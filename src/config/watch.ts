import * as z from "zod/mini";
import type { Fault } from "./faults.ts";
import { choice, FILE, flag, list, table, text, whole } from "./shapes.ts";
import { DOMAIN } from "./syntax.ts";

/** Whose log it is. */
export type LogFormat = "asterisk" | "freeswitch" | "kamailio";

/** Ports of the phone system, of one protocol. */
export interface WatchedPort {
  readonly protocol: "udp" | "tcp";
  readonly port: number;
}

/** `[watch]`: the phone system beside which `rempart watch` runs. */
export interface WatchConfig {
  /** Folder of Asterisk's configuration; empty: it is not looked at. */
  readonly asterisk: string;
  /** Whether what was seen over UDP bans, or mutes: anybody can write another's address on a datagram. */
  readonly udpEvidence: "mute" | "ban";
  /** Whether the kernel's limits for strangers hold in front of the phone system, too. */
  readonly limits: boolean;
  /** Ports that the kernel's rules are about; none: they are found. */
  readonly ports: readonly WatchedPort[];
  /** Files that are followed; none, and nothing else either: they are found. */
  readonly logs: readonly { readonly path: string; readonly format: LogFormat }[];
  readonly journals: readonly { readonly unit: string; readonly format: LogFormat }[];
  /** Lines that the operator's own script of a Kamailio writes, as they stand in its `xlog()`. */
  readonly lines: readonly { readonly kind: (typeof KINDS)[number]; readonly text: string }[];
  /** The manager interface of an Asterisk. */
  readonly manager: ManagerConfig | undefined;
}

export interface ManagerConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute; read anew for each connection. */
  readonly secretFile: string;
}

const FORMATS = ["asterisk", "freeswitch", "kamailio"] as const;
/** What such a line says of whoever it names; "nothing": that it is about him, and no evidence. */
const KINDS = ["wrongPassword", "unknownUser", "relay", "scanner", "malformed", "flood", "success", "nothing"] as const;
const PORT = {
  expected: 'a port such as "5060" (UDP and TCP), "5060/udp" or "5061/tcp"',
  test: (t: string) => readPorts(t).length > 0,
};
const UNIT = {
  expected: "the name of a unit of systemd such as asterisk.service",
  test: (u: string) => /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]{0,254}$/.test(u),
};
const USER = { expected: "the name of a manager user", test: (u: string) => /^[\x21-\x7e]{1,80}$/.test(u) };
const FOLDER = { expected: "the path of a folder, or an empty text", test: (p: string) => !p.includes("\0") };
const LINE = { expected: "the format of an xlog() of at most 512 characters", test: (l: string) => l.length <= 512 };
const format = z._default(choice(FORMATS), "asterisk");

/** `[watch]` as written. */
export const WATCH = table({
  asterisk: z._default(text(FOLDER), "/etc/asterisk"),
  udp_evidence: z._default(choice(["mute", "ban"]), "mute"),
  limits: z._default(flag(), false),
  ports: z._default(list(text(PORT), "a list of ports"), []),
  log: z._default(list(table({ path: text(FILE), format }), "tables [[watch.log]]"), []),
  journal: z._default(list(table({ unit: text(UNIT), format }), "tables [[watch.journal]]"), []),
  line: z._default(list(table({ kind: choice(KINDS), text: text(LINE) }), "tables [[watch.line]]"), []),
  manager: z.optional(
    table({
      host: z._default(text(DOMAIN), "127.0.0.1"),
      port: z._default(whole(1, 65_535), 5_038),
      user: text(USER),
      secret_file: text(FILE),
    }),
  ),
});

type Resolve = (path: string) => string;

export function watchOf(raw: z.infer<typeof WATCH>, resolve: Resolve): WatchConfig {
  return {
    asterisk: raw.asterisk === "" ? "" : resolve(raw.asterisk),
    udpEvidence: raw.udp_evidence,
    limits: raw.limits,
    ports: raw.ports.flatMap(readPorts),
    logs: raw.log.map(({ path, format }) => ({ path: resolve(path), format })),
    journals: raw.journal,
    lines: raw.line,
    manager: raw.manager && {
      host: DOMAIN.read(raw.manager.host) ?? raw.manager.host,
      port: raw.manager.port,
      user: raw.manager.user,
      secretFile: resolve(raw.manager.secret_file),
    },
  };
}

/** What no single value shows. */
export function watchFaults({ logs, journals }: WatchConfig): Fault[] {
  const twice = (names: readonly string[], table: string, key: string): Fault[] =>
    names.flatMap((name, i) =>
      // Two readers of one file would count everything twice.
      names.indexOf(name) === i
        ? []
        : [{ path: ["watch", table, i, key], found: `${name} again`, expected: "one that is not listed before" }],
    );
  const units = journals.map((j) => j.unit);
  return [
    ...twice(
      logs.map((l) => l.path),
      "log",
      "path",
    ),
    ...twice(units, "journal", "unit"),
  ];
}

/** As it stands in a file. */
export function showWatch({ asterisk, udpEvidence, limits, ports, logs, journals, lines, manager }: WatchConfig) {
  return {
    asterisk,
    udp_evidence: udpEvidence,
    limits,
    ports: ports.map(({ protocol, port }) => `${port}/${protocol}`),
    ...(logs.length === 0 ? {} : { log: logs }),
    ...(journals.length === 0 ? {} : { journal: journals }),
    ...(lines.length === 0 ? {} : { line: lines }),
    ...(manager && {
      manager: { host: manager.host, port: manager.port, user: manager.user, secret_file: manager.secretFile },
    }),
  };
}

function readPorts(text: string): WatchedPort[] {
  const parts = /^(\d{1,5})(?:\/(udp|tcp))?$/.exec(text);
  const port = Number(parts?.[1] ?? 0);
  if (parts === null || port < 1 || port > 65_535) return [];
  const protocols =
    parts[2] === undefined ? (["udp", "tcp"] as const) : ([parts[2] === "udp" ? "udp" : "tcp"] as const);
  return protocols.map((protocol) => ({ protocol, port }));
}
