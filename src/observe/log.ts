import { type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Keys whose values never reach a log, wherever they stand. */
const SECRETS = ["password", "ha1", "secret", "token", "authorization", "proxyAuthorization", "response", "nonce"];

/**
 * The daemon's log: one JSON line per event on stderr (file descriptor 2), written at once, no worker thread. Values under
 * the names of secrets are left out at the first and second level.
 */
export function makeLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`]), remove: true },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
