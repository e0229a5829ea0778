import { existsSync, readdirSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { type Trouble, trouble } from "../base/index.ts";
import { compile } from "./compile.ts";
import { type Fault, pathText } from "./faults.ts";
import { type Merged, merge, type Table } from "./merge.ts";
import type { LoadedConfig } from "./types.ts";

/** The folder of this program: a checkout keeps its state and, if it wants, its configuration there. */
const ROOT = resolve(import.meta.dirname, "../..");
const STANDARD = [join(ROOT, "rempart.toml"), "/etc/rempart/rempart.toml"];

/** The file that `loadConfig` reads, or that has to be written for it to read one. */
export function configFile(file: string | undefined): string {
  return file === undefined ? (STANDARD.find((f) => existsSync(f)) ?? STANDARD[0]) : resolve(file);
}

/**
 * Reads the configuration: `file`, else `rempart.toml` beside the program, else /etc/rempart/rempart.toml, else defaults
 * alone. `conf.d/*.toml` beside the file is laid over it in the order of names.
 *
 * `over`: settings that are laid over all of it, each a line of TOML such as `shield.never=["192.0.2.1"]`.
 *
 * CONFIG_UNREADABLE or CONFIG_INVALID, with one line in `details` for each fault: file, path, found, expected.
 */
export function loadConfig(file: string | undefined, over: readonly string[] = []): LoadedConfig | Trouble {
  const main = file === undefined ? STANDARD.find((f) => existsSync(f)) : resolve(file);
  const sources: { file: string; table: Table }[] = [];
  const faults: string[] = [];
  if (main !== undefined) {
    const files = [main, ...extras(dirname(main), faults)];
    for (const each of files) {
      const table = readToml(each, faults);
      if (table) sources.push({ file: each, table });
    }
    if (faults.length > 0) return refuse(faults);
  }
  for (const line of over) {
    const table = readLine(line, faults);
    if (table) sources.push({ file: "--set", table });
  }
  if (faults.length > 0) return refuse(faults);
  const merged = merge(sources);
  const config = compile(merged.raw, {
    ipv6: Object.values(networkInterfaces()).some((each) => each?.some((a) => a.family === "IPv6")),
    state: main?.startsWith("/etc/") ? "/var/lib/rempart" : join(ROOT, "var"),
    resolve: (path) => (isAbsolute(path) ? resolve(path) : resolve(main === undefined ? ROOT : dirname(main), path)),
  });
  if (Array.isArray(config)) return refuse(config.map((fault) => faultLine(fault, merged)));
  return { config, files: sources.slice(0, sources.length - over.length).map((s) => s.file) };
}

function extras(folder: string, faults: string[]): string[] {
  const extra = join(folder, "conf.d");
  try {
    const names = readdirSync(extra).filter((name) => name.endsWith(".toml") && !name.startsWith("."));
    return names.sort().map((name) => join(extra, name));
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") faults.push(unreadable(extra, error));
    return [];
  }
}

function readToml(file: string, faults: string[]): Table | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    faults.push(unreadable(file, error));
    return undefined;
  }
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split("\n")[0].replace(/^Invalid TOML document: /, "");
    faults.push(`${file}:${error.line}:${error.column}: found no valid TOML, expected: ${why}`);
    return undefined;
  }
}

/** One setting of the command line. */
function readLine(line: string, faults: string[]): Table | undefined {
  try {
    if (!line.includes("\n")) return parse(line);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
  }
  faults.push(`--set ${line.split("\n")[0]}: found no line of TOML, expected one such as mode="enforce"`);
  return undefined;
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "no right to read it",
  EISDIR: "a folder",
  ERR_ENCODING_INVALID_ENCODED_DATA: "bytes that are not UTF-8",
};

function unreadable(file: string, error: unknown): string {
  const code = codeOf(error);
  return `${file}: found ${WHY[code] ?? code}, expected a readable TOML file`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** One line for a fault, naming the file it stands in and its place there. */
function faultLine(fault: Fault, merged: Merged): string {
  const path = [...fault.path];
  for (let length = path.length; length > 0; length--) {
    const origin = merged.origins.get(pathText(path.slice(0, length)));
    if (!origin) continue;
    const last = path[length - 1];
    if (typeof last === "number") path[length - 1] = last - origin.shift;
    return `${basename(origin.file)}: ${pathText(path)}: found ${fault.found}, expected ${fault.expected}`;
  }
  return `${pathText(path)}: found ${fault.found}, expected ${fault.expected}`;
}

function refuse(faults: readonly string[]): Trouble {
  const readable = faults.every((line) => !line.endsWith("expected a readable TOML file"));
  return trouble(
    readable ? "CONFIG_INVALID" : "CONFIG_UNREADABLE",
    faults.length === 1 ? faults[0] : `the configuration has ${faults.length} faults`,
    "Nothing was started or changed.",
    "Correct it, then: rempart config check",
    faults,
  );
}
