import {
  type Conf,
  type Dialplan,
  loads,
  type OpenFiles,
  readConf,
  readDialplan,
  type Section,
} from "../../asterisk/index.ts";
import type { AuditInput } from "../input.ts";
import type { Strength } from "../strength.ts";
import { type Account, accountsOf } from "./accounts-of.ts";
import { openInput } from "./open.ts";
import { versionOf } from "./version.ts";

const NONE: Conf = { sections: [], faults: [] };
/** What is read at most: some twenty times the largest configurations that people run, and still a second's work. */
const MOST = { characters: 134_217_728, settings: 500_000, files: 1_024 };
const MOST_MISSING = 1_000;

/** A configuration as the rules see it: files are read when they are asked for, once. */
export class Site {
  readonly input: AuditInput;
  readonly version: readonly number[] | undefined;
  readonly strength: Strength | undefined;
  /** What could not be looked at. */
  readonly missing: string[] = [];
  readonly #open: OpenFiles;
  readonly #confs = new Map<string, Conf>();
  readonly #lines = new Map<string, readonly number[]>();
  #dialplan: Dialplan | undefined = undefined;
  #accounts: readonly Account[] | undefined = undefined;

  constructor(input: AuditInput, strength: Strength | undefined) {
    this.input = input;
    this.#open = openInput(input);
    this.strength = strength;
    this.version = versionOf(input.version);
  }

  has(name: string): boolean {
    return this.input.files.has(name);
  }

  /** A file with its includes; without sections where there is none. */
  conf(name: string): Conf {
    const known = this.#confs.get(name);
    if (known !== undefined) return known;
    const conf = this.has(name) ? readConf(name, this.#open, MOST) : NONE;
    this.#confs.set(name, conf);
    for (const fault of conf.faults) this.miss(fault);
    return conf;
  }

  /** The first section of that name: the one that Asterisk asks for its settings (ast_variable_browse in main/config.c). */
  section(file: string, name: string): Section | undefined {
    return this.conf(file).sections.find((s) => s.name.toLowerCase() === name && !s.template);
  }

  /** Whether Asterisk would load it: allowed by modules.conf, and with the file that it does not start without. */
  runs(module: string, file: string): boolean {
    // UPGRADE.txt of 21: chan_sip, app_macro and others were taken out.
    if (module === "chan_sip" && this.version !== undefined && this.version[0] >= 21) return false;
    return this.has(file) && loads(this.conf("modules.conf"), module);
  }

  get dialplan(): Dialplan {
    if (this.#dialplan === undefined) {
      this.#dialplan = readDialplan(this.conf("extensions.conf"));
      for (const fault of this.#dialplan.faults) this.miss(fault);
    }
    return this.#dialplan;
  }

  get accounts(): readonly Account[] {
    this.#accounts ??= accountsOf(this);
    return this.#accounts;
  }

  /** A line of a file as it stands there, without its end. */
  line(path: string, line: number): string | undefined {
    const text = this.input.files.get(path)?.text;
    if (text === undefined) return undefined;
    const ends = this.#lines.get(path) ?? endsOf(text);
    this.#lines.set(path, ends);
    if (line < 1 || line > ends.length) return undefined;
    return text.slice(line === 1 ? 0 : ends[line - 2] + 1, ends[line - 1]).replace(/\r$/, "");
  }

  miss(what: string): void {
    if (this.missing.length < MOST_MISSING && !this.missing.includes(what)) this.missing.push(what);
  }
}

function endsOf(text: string): readonly number[] {
  const ends: number[] = [];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) ends.push(at);
  ends.push(text.length);
  return ends;
}
