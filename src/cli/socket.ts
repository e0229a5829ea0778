import { createConnection } from "node:net";
import { isTrouble, type Trouble, trouble } from "../base/index.ts";

/** No daemon listens there (never started, stopped or killed). */
export const ABSENT = Symbol("no daemon");

/**
 * Asks a running daemon: one line `{"command","args"}` out, one line `{"ok":true,"data"}` or `{"ok":false,"error"}` back.
 *
 * @param path the control socket
 * @param patience ms without an answer after which the daemon counts as not reachable
 * @returns the data, the daemon's trouble, ABSENT, or DAEMON_DENIED, DAEMON_SILENT, DAEMON_GARBLED
 */
export async function ask(
  path: string,
  command: string,
  args: unknown,
  patience = 30_000,
): Promise<unknown | Trouble | typeof ABSENT> {
  const line = await exchange(path, `${JSON.stringify({ command, args })}\n`, patience);
  return typeof line === "string" ? readAnswer(line) : line;
}

function exchange(path: string, request: string, patience: number): Promise<string | Trouble | typeof ABSENT> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const chunks: string[] = [];
    const end = (result: string | Trouble | typeof ABSENT): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setEncoding("utf8");
    socket.setTimeout(patience, () => end(silent(path)));
    socket.on("connect", () => socket.write(request));
    socket.on("data", (chunk: string) => {
      chunks.push(chunk);
      if (chunk.endsWith("\n")) end(chunks.join(""));
    });
    socket.on("error", (error: NodeJS.ErrnoException) => end(unreachable(path, error.code)));
    socket.on("close", () => end(silent(path)));
  });
}

function readAnswer(line: string): unknown | Trouble {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer === "object" && answer !== null && "ok" in answer) {
      if (answer.ok === true) return "data" in answer ? answer.data : undefined;
      if ("error" in answer && isTrouble(answer.error)) return answer.error;
    }
  } catch {
    // Told below.
  }
  return trouble(
    "DAEMON_GARBLED",
    "what answers at the control socket speaks another language",
    "Nothing was changed.",
    "Use the rempart of the same version as the daemon, or restart the daemon.",
  );
}

function unreachable(path: string, code: string | undefined): Trouble | typeof ABSENT {
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") return ABSENT;
  if (code !== "EACCES" && code !== "EPERM") return silent(path);
  return trouble(
    "DAEMON_DENIED",
    `this user may not use the control socket ${path}`,
    "Nothing was changed.",
    `Run this as the user the daemon runs as: ls -l ${path}`,
  );
}

function silent(path: string): Trouble {
  return trouble(
    "DAEMON_SILENT",
    `the daemon does not answer at ${path}`,
    "It may or may not have done what was asked; what is stored is whole.",
    "Look at the daemon's log, and see what is true now: rempart doctor",
  );
}
