import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, isAbsolute, join } from "node:path";
import type { Owner } from "../../support/owner.ts";

/**
 * Test options for a peer of Debian: where it is not installed the test is skipped and says what to install, but in CI,
 * where it must be, the test runs and fails.
 */
export function needs(program: string, packages: string): { readonly skip: string | false } {
  const paths = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/bin"];
  const found = isAbsolute(program) ? existsSync(program) : paths.some((folder) => existsSync(join(folder, program)));
  return {
    skip: found || process.env.CI !== undefined ? false : `${program} is not here: apt-get install ${packages}`,
  };
}

/** A program of the peer's while it runs. */
export interface Running {
  readonly child: ChildProcess;
  /** All that it has said so far. */
  readonly said: () => string;
  /** Its exit code, once it ends. */
  readonly ended: Promise<number | null>;
}

/**
 * Starts a program; ended with the test, by force when that takes more than 5 s. A program with children has to be asked
 * (SIGTERM), or they outlive it.
 */
export function start(
  t: Owner,
  words: readonly string[],
  folder: string,
  signal: "SIGKILL" | "SIGTERM" = "SIGKILL",
): Running {
  const [program = "", ...rest] = words;
  const child = spawn(program, rest, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const add = (part: string): void => {
    text += part;
  };
  child.stdout.setEncoding("latin1").on("data", add);
  child.stderr.setEncoding("latin1").on("data", add);
  const gone = once(child, "exit");
  const ended = once(child, "close").then(([code]) => code as number | null);
  ended.catch((error: Error) => assert.fail(`${program}: ${error.message}`));
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const force = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await gone;
    clearTimeout(force);
    child.stdout.destroy();
    child.stderr.destroy();
  });
  return { child, said: () => text, ended };
}

/** A port that is free for UDP and TCP on 127.0.0.1 right now. Peers cannot say which port the kernel gave them. */
export async function freePort(): Promise<number> {
  for (;;) {
    const tcp = createServer();
    tcp.listen(0, "127.0.0.1");
    await once(tcp, "listening");
    const address = tcp.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const udp = createSocket("udp4");
    udp.bind(port, "127.0.0.1");
    const free = await Promise.race([once(udp, "listening").then(() => true), once(udp, "error").then(() => false)]);
    udp.close();
    tcp.close();
    await once(tcp, "close");
    if (free) return port;
  }
}
