import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { Logger } from "../observe/index.ts";

export type Handlers = Readonly<Record<string, (args: unknown) => Promise<unknown | Trouble>>>;

/** Bytes of one command: an import of 10,000 accounts is about 1 MB. */
const MAX_COMMAND = 64 * 1024 * 1024;

/**
 * The command line's way in: a unix socket (mode 0600) with one JSON request a line, `{"command","args"}`, and one JSON
 * answer a line, `{"ok":true,"data"}` or `{"ok":false,"error"}`.
 */
export async function openControlSocket(path: string, handlers: Handlers, log: Logger): Promise<Server | Trouble> {
  if (await answers(path)) {
    return trouble(
      "ALREADY_RUNNING",
      `another Rempart runs with this state folder: ${path} answers`,
      "nothing was started; the other one goes on",
      "run `bin/rempart status`, or choose another `state` in the configuration",
    );
  }
  // What a killed daemon left behind.
  rmSync(path, { force: true });
  const server = createServer((socket) => serve(socket, handlers, log));
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    return server;
  } catch (error) {
    return trouble(
      "CONTROL_SOCKET",
      `the control socket ${path} cannot be opened: ${(error as Error).message}`,
      "nothing was started; accounts and registrations are as they were",
      "make the state folder writable for this user, or choose another with `state` in the configuration",
    );
  } finally {
    process.umask(before);
  }
}

/** Does somebody listen there? */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

function serve(socket: Socket, handlers: Handlers, log: Logger): void {
  // Pieces of a line that has not ended: joined once, or a long one would be copied anew with every piece.
  let pieces: string[] = [];
  let length = 0;
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      const line = pieces.join("") + chunk.slice(from, end);
      from = end + 1;
      pieces = [];
      length = 0;
      void answer(line, handlers, log).then((text) => socket.write(`${text}\n`));
    }
    pieces.push(chunk.slice(from));
    length += chunk.length - from;
    if (length > MAX_COMMAND) socket.destroy();
  });
}

async function answer(line: string, handlers: Handlers, log: Logger): Promise<string> {
  const request = readRequest(line);
  // Names that every object has are no commands.
  const known = request !== undefined && Object.hasOwn(handlers, request.command);
  const handler = known ? handlers[request.command] : undefined;
  if (request === undefined || handler === undefined) {
    return fail(
      trouble(
        "COMMAND_UNKNOWN",
        "the daemon does not know this command",
        "nothing was changed",
        "use the rempart of the same version as the daemon, or restart the daemon",
      ),
    );
  }
  try {
    const data = await handler(request.args);
    return isTrouble(data) ? fail(data) : JSON.stringify({ ok: true, data: data ?? null });
  } catch (error) {
    log.error({ command: request.command, err: error }, "command failed");
    return fail(
      trouble("INTERNAL", `the daemon failed at ${request.command}`, "calls go on", "look into the daemon's log"),
    );
  }
}

function readRequest(line: string): { command: string; args: unknown } | undefined {
  try {
    const raw: unknown = JSON.parse(line);
    if (typeof raw !== "object" || raw === null || !("command" in raw) || typeof raw.command !== "string")
      return undefined;
    return { command: raw.command, args: "args" in raw ? raw.args : undefined };
  } catch {
    return undefined;
  }
}

function fail(error: Trouble): string {
  return JSON.stringify({ ok: false, error });
}
