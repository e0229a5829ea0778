import { accessSync, constants, existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { filesToRead, readWatchedAsterisk, type WatchedAsterisk } from "../../asterisk/index.ts";
import { type Trouble, trouble } from "../../base/index.ts";
import type { LogFormat, WatchConfig, WatchedPort } from "../../config/index.ts";
import type { Door } from "../../firewall/index.ts";

/** What is watched: as it is configured, or as it was found. */
export interface Pbx {
  readonly logs: readonly { readonly path: string; readonly format: LogFormat }[];
  readonly ports: readonly WatchedPort[];
  /** Addresses of carriers, as the phone system's own configuration names them. */
  readonly trunks: readonly string[];
  /** Who exists there; undefined: that is not known. */
  readonly accounts: ReadonlySet<string> | undefined;
  /** What keeps something from being seen; nothing of it stops us. */
  readonly findings: readonly Trouble[];
}

/** SIP, SIP over TLS, IAX2, the manager interface: where no configuration says otherwise. */
const PORTS: readonly WatchedPort[] = [
  { protocol: "udp", port: 5_060 },
  { protocol: "tcp", port: 5_060 },
  { protocol: "udp", port: 5_061 },
  { protocol: "tcp", port: 5_061 },
  { protocol: "udp", port: 4_569 },
  { protocol: "tcp", port: 5_038 },
];
const HELD = "What the log does show is judged all the same.";

/** Looks at the phone system of this machine. WATCH_NOTHING: there is nothing to be watched. */
export function findPbx(watch: WatchConfig): Pbx | Trouble {
  const { asterisk: folder, journals, manager } = watch;
  const asterisk = folder === "" ? undefined : readWatchedAsterisk(folder);
  const isTold = watch.logs.length + journals.length > 0 || manager !== undefined;
  const found = isTold || asterisk === undefined ? [] : filesToRead(asterisk.logger);
  const logs = isTold ? watch.logs : found.map(({ path }) => ({ path, format: "asterisk" as const }));
  if (!isTold && logs.length === 0) return nothing(folder, asterisk);
  const needsLogger = asterisk !== undefined && manager === undefined && logs.some((l) => l.format === "asterisk");
  return {
    logs,
    ports:
      watch.ports.length > 0
        ? watch.ports
        : asterisk !== undefined && asterisk.ports.length > 0
          ? asterisk.ports
          : PORTS,
    trunks: asterisk?.trunks ?? [],
    accounts: asterisk?.accounts && new Set(asterisk.accounts),
    findings: [
      ...(needsLogger ? loggerFindings(folder, asterisk, logs) : []),
      ...logs.flatMap(({ path }) => fileFindings(path)),
    ],
  };
}

/** Each port at any address of the machine, of both families. */
export function doorsOf(ports: readonly WatchedPort[]): Door[] {
  return ports.flatMap(({ protocol, port }) =>
    ([4, 6] as const).map((family) => ({ protocol, family, address: "", port, side: "public" as const })),
  );
}

/** Whether what is read shows security events, and which line makes it so. */
function loggerFindings(folder: string, asterisk: WatchedAsterisk, logs: Pbx["logs"]): Trouble[] {
  const { logger, securityModule } = asterisk;
  if (!securityModule) {
    const what = `${folder}/modules.conf does not load res_security_log: security events are written nowhere`;
    const next =
      "Write below [modules]: load = res_security_log.so; then: asterisk -rx 'module load res_security_log.so'";
    return [trouble("WATCH_LOGGER", what, HELD, next)];
  }
  const file = `${folder}/logger.conf`;
  const reload = "then: asterisk -rx 'logger reload'";
  const shown = logger.files.filter((f) => f.levels.includes("security") || f.levels.includes("*"));
  if (shown.length === 0) {
    const what = `${file} writes no security events to any file: phones that log in and wrong passwords of PJSIP are not seen`;
    const add = logger.files.find((f) => logs.some((l) => basename(l.path) === basename(f.path)));
    const where = add === undefined ? "below [logfiles]" : `as line ${add.line}, in the place of what stands there`;
    const name = add === undefined ? "" : basename(add.path);
    const line = add === undefined ? "security => security" : `${name} => ${[...add.levels, "security"].join(",")}`;
    return [trouble("WATCH_LOGGER", what, HELD, `Write ${where}: ${line}; ${reload}`)];
  }
  // Of an Asterisk in a container the same file stands elsewhere.
  const isRead = shown.some((f) => !f.json && logs.some((l) => basename(l.path) === basename(f.path)));
  if (isRead) return [];
  if (shown.every((f) => f.json)) {
    const what = `${file} writes security events as JSON alone, which is not read here`;
    return [trouble("WATCH_LOGGER", what, HELD, `Write below [logfiles]: security => security; ${reload}`)];
  }
  const what = `security events are written to ${shown[0].path}, which is none of the files that are read`;
  return [trouble("WATCH_LOGGER", what, HELD, `Add it: [[watch.log]] path = "${shown[0].path}"`)];
}

/** A file that is not there yet is waited for; one that may not be read is told now. */
function fileFindings(path: string): Trouble[] {
  const isThere = existsSync(path);
  try {
    accessSync(isThere ? path : dirname(path), constants.R_OK);
    return [];
  } catch {
    const what = isThere ? `${path} may not be read by this user` : `${path} is not there, and neither is its folder`;
    const next = `Let this user read it, for instance as a member of the group it belongs to: ls -l ${path}`;
    return [trouble("WATCH_LOG_UNREADABLE", what, "The other sources are read; this one as soon as it can be.", next)];
  }
}

function nothing(folder: string, asterisk: WatchedAsterisk | undefined): Trouble {
  const files = asterisk?.logger.files ?? [];
  const what =
    asterisk === undefined
      ? `no log is configured, and there is no Asterisk in ${folder === "" ? "any folder that was named" : folder}`
      : `no log is configured, and ${folder}/logger.conf names no file that can be read${files.length > 0 ? " (JSON is not)" : ""}`;
  const next = 'Name one: [[watch.log]] with path = "/var/log/asterisk/messages" (docs/watch.md)';
  return trouble("WATCH_NOTHING", what, "Nothing was started or changed.", next);
}
