import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { callProgram } from "../../test/support/child.ts";

export const BIN = join(import.meta.dirname, "../../bin/rempart");

export interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A site of its own: a folder with a configuration, gone after the test file. */
export interface Site {
  readonly folder: string;
  readonly state: string;
  readonly file: string;
  /** `bin/rempart` in a process of its own. */
  run(args: readonly string[], stdin?: string | Buffer): Promise<Done>;
  /** The same program in this process: all but the launcher and the streams. A process costs half a second of CPU. */
  call(args: readonly string[], stdin?: string | Buffer): Promise<Done>;
}

const root = mkdtempSync(join(tmpdir(), "rempart-cli-"));
after(() => rmSync(root, { recursive: true, force: true }));
let sites = 0;

/** A site whose listeners take any free port on loopback, with `extra` at the end of its configuration. */
export function site(extra = ""): Site {
  const folder = join(root, String(++sites));
  const file = join(folder, "rempart.toml");
  mkdirSync(folder);
  const listen = '[[sip.listen]]\ntransport = "udp"\naddress = "127.0.0.1:0"\n';
  writeFileSync(
    file,
    `state = "state"\n[sip]\ndomains = ["pbx.example.org", "other.example.org"]\n${listen}${extra}\n[firewall]\nbackend = "none"\n`,
  );
  const run = (args: readonly string[], stdin: string | Buffer = ""): Promise<Done> =>
    program(BIN, [...args, "--config", file], stdin, folder);
  const call = (args: readonly string[], stdin?: string | Buffer): Promise<Done> =>
    callProgram([...args, "--config", file], stdin);
  return { folder, state: join(folder, "state"), file, run, call };
}

/** Runs a program to its end. */
export function program(
  path: string,
  args: readonly string[],
  stdin: string | Buffer,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Done> {
  // A program that does not end is a failure of its own, not of the whole run.
  const child = spawn(path, args, { cwd, env: { ...process.env, ...env }, timeout: 30_000, killSignal: "SIGKILL" });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
}
