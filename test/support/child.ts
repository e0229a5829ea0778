import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Readable } from "node:stream";
import { rempart } from "../../src/cli/program.ts";
import { controlSocket } from "../../src/config/index.ts";
import type { Address } from "../../src/demo/index.ts";
import { mustLoad, sendCommand } from "./edge.ts";
import type { Owner } from "./owner.ts";

export const PROGRAM = join(import.meta.dirname, "../../bin/rempart");

/** What a command said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `bin/rempart` to its end, as a person would. `within`: words before the program's, to run it elsewhere. */
export async function runProgram(
  words: readonly string[],
  stdin: string | Buffer = "",
  within: readonly string[] = [],
): Promise<Ended> {
  const [program = "", ...rest] = [...within, PROGRAM, ...words];
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"], timeout: 20_000, killSignal: "SIGKILL" });
  child.stdin.end(stdin);
  return ended(child);
}

/** The same in this process: all but the launcher and what a command streams. A process costs half a second of CPU. */
export async function callProgram(words: readonly string[], stdin?: string | Buffer): Promise<Ended> {
  const own = Object.getOwnPropertyDescriptor(process, "stdin");
  const given = stdin === undefined ? undefined : Readable.from([Buffer.from(stdin)]);
  if (given !== undefined) Object.defineProperty(process, "stdin", { value: given, configurable: true });
  try {
    return await call(words);
  } finally {
    if (given !== undefined && own !== undefined) Object.defineProperty(process, "stdin", own);
  }
}

async function call(words: readonly string[]): Promise<Ended> {
  let [out, err] = ["", ""];
  let code = 0;
  await rempart(words, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    exit: (given) => {
      code = given;
    },
  });
  return { code, out, err };
}

async function ended(child: ChildProcess): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

/** `rempart run` in a process of its own, started by `bin/rempart`. */
export interface Daemon {
  readonly pid: number;
  readonly udp: Address;
  /** What it has written to its log. */
  log(): string;
  /** Where it listens for this transport on 127.0.0.1. */
  at(transport: string): Address;
  command(name: string, args?: unknown): Promise<unknown>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts it and waits for its screen; killed at the end of the test. `within`: words before the program's, to run it elsewhere. */
export async function startDaemon(t: Owner, config: string, within: readonly string[] = []): Promise<Daemon> {
  const [program = "", ...words] = [...within, PROGRAM, "run", "--config", config, "-o", "json"];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  const end = once(child, "close");
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await end;
  };
  t.after(() => (child.exitCode === null && child.signalCode === null ? kill("SIGKILL") : undefined));
  let out = "";
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (out.includes("\n")) child.emit("screen");
  });
  const first = await Promise.race([once(child, "screen").then(() => "screen"), end.then(() => "end")]);
  if (first === "end") throw new Error(`the daemon ended: ${out}${err}`);
  const path = controlSocket(mustLoad(config));
  const command = (name: string, args?: unknown): Promise<unknown> => sendCommand(path, name, args);
  const status = (await command("status")) as { listeners: { transport: string; address: string; port: number }[] };
  const udp = status.listeners.find((l) => l.transport === "udp");
  if (udp === undefined || child.pid === undefined) throw new Error("the daemon has no UDP listener");
  const at = (transport: string): Address => {
    const found = status.listeners.find((l) => l.transport === transport && l.address === "127.0.0.1");
    if (found === undefined) throw new Error(`nothing listens for ${transport}`);
    return { host: found.address, port: found.port };
  };
  const { pid } = child;
  return { pid, udp: { host: udp.address, port: udp.port }, log: () => err, at, command, kill };
}

/** `rempart watch` in a process of its own. */
export interface WatchProgram {
  /** What it has printed. */
  out(): string;
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts it and waits for its screen; killed at the end of the test. `within`: words before the program's, to run it elsewhere. */
export async function startWatchProgram(
  t: Owner,
  config: string,
  within: readonly string[] = [],
): Promise<WatchProgram> {
  const [program = "", ...words] = [...within, PROGRAM, "watch", "--config", config, "-o", "json"];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  const end = once(child, "close");
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await end;
  };
  t.after(() => (child.exitCode === null && child.signalCode === null ? kill("SIGKILL") : undefined));
  let [out, err] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (out.includes("\n}")) child.emit("screen");
  });
  const first = await Promise.race([once(child, "screen").then(() => "screen"), end.then(() => "end")]);
  if (first === "end") throw new Error(`it ended: ${out}${err}`);
  return { out: () => out, log: () => err, kill };
}
