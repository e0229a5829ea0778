import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { hostPort, isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { ManagerConfig, WatchConfig } from "../../config/index.ts";
import {
  type Followed,
  type FollowedFile,
  type Follower,
  followFile,
  followJournal,
  followManager,
} from "../../follow/index.ts";
import type { Events, Logger } from "../../observe/index.ts";
import type { Fact } from "../../shield/index.ts";
import type { Template } from "../../watch/index.ts";
import type { Intake } from "./intake.ts";
import { ManagerSource } from "./manager-source.ts";
import type { Pbx } from "./pbx.ts";
import type { Positions } from "./positions.ts";
import { LogSource, type SourceView } from "./source.ts";

/** How long a file may take to be opened, ms. */
const PATIENCE = 2_000;
const NOTHING = "Nothing was started or changed.";

/** All that is read, while it is read. */
export class Sources {
  readonly #intake: Intake;
  readonly #positions: Positions;
  readonly #templates: readonly Template[];
  readonly #events: Events;
  readonly #log: Logger;
  readonly #logs: (LogSource | ManagerSource)[] = [];
  readonly #followed: Followed[] = [];

  constructor(intake: Intake, positions: Positions, templates: readonly Template[], events: Events, log: Logger) {
    this.#templates = templates;
    this.#intake = intake;
    this.#positions = positions;
    this.#events = events;
    this.#log = log;
  }

  /** Opens files, journals and the manager interface. What cannot be read now is waited for. */
  async open(pbx: Pbx, { journals, manager }: WatchConfig): Promise<undefined | Trouble> {
    for (const { path, format } of pbx.logs) {
      const trouble = await this.#openFile(path, this.#source(path, format));
      if (isTrouble(trouble)) return trouble;
    }
    for (const { unit, format } of journals) {
      const name = `journal ${unit}`;
      const trouble = await this.#openJournal(unit, name, this.#source(name, format));
      if (isTrouble(trouble)) return trouble;
    }
    return manager === undefined ? undefined : this.#openManager(manager);
  }

  async #openFile(path: string, source: LogSource): Promise<undefined | Trouble> {
    // What was logged before the first start is the past: `replay` judges it, and nobody is kept out for it.
    const from = await this.#positions.file(path);
    if (isTrouble(from)) return from;
    const note = (): void => {
      const at = followed.at();
      if (at !== undefined) this.#positions.note(path, at);
    };
    const followed = followFile(path, { from: from ?? "end" }, this.#follower(source, note));
    this.#followed.push(followed);
    await isBegun(followed, source);
    note();
    return undefined;
  }

  async #openJournal(unit: string, name: string, source: LogSource): Promise<undefined | Trouble> {
    const cursor = await this.#positions.journal(name);
    if (isTrouble(cursor)) return cursor;
    const note = (): void => this.#positions.note(name, followed.at());
    const followed = followJournal({ unit }, this.#follower(source, note), cursor === "" ? {} : { cursor });
    this.#followed.push(followed);
    return undefined;
  }

  #openManager({ host, port, user, secretFile }: ManagerConfig): undefined | Trouble {
    const secret = readSecret(secretFile);
    if (isTrouble(secret)) return secret;
    const number = this.#logs.length;
    const source = new ManagerSource(`manager ${hostPort(host, port)}`, (fact) => this.#intake.take(fact, number));
    this.#logs.push(source);
    const { onTrouble } = this.#follower(source);
    this.#followed.push(followManager({ host, port, user, secret }, (event) => source.event(event), onTrouble));
    return undefined;
  }

  view(): SourceView[] {
    return this.#logs.map((source) => source.view());
  }

  /** When anything about a caller was read last, wall ms; 0 for never. */
  get last(): number {
    return Math.max(0, ...this.#logs.map((source) => source.view().last));
  }

  /** What was read is told before it resolves. */
  async stop(): Promise<void> {
    await Promise.all(this.#followed.map((f) => f.stop()));
    for (const source of this.#logs) source.flush();
  }

  #source(name: string, format: LogSource["format"]): LogSource {
    const number = this.#logs.length;
    const source = new LogSource({
      name,
      format,
      templates: this.#templates,
      tell: (fact: Fact) => this.#intake.take(fact, number),
      onExposed: (found) => this.#say(name, found),
    });
    this.#logs.push(source);
    return source;
  }

  /** `note`: how far it was read is to be kept. */
  #follower(source: LogSource | ManagerSource, note: () => void = () => {}): Follower {
    return {
      onBytes: (piece) => {
        if (source instanceof LogSource) source.bytes(piece);
        note();
      },
      onTrouble: (found) => {
        source.trouble(found);
        this.#say(source.name, found);
      },
    };
  }

  #say(source: string, found: Trouble | undefined): void {
    this.#events.tell("source", { source, trouble: found?.code ?? "" });
    if (found === undefined) this.#log.info({ source }, "a log is read again");
    else this.#log.warn({ source, code: found.code, next: found.next }, found.what);
  }
}

/** Until it is known where a file is begun; what is written from then on is not missed. One that is not there is waited for by whoever follows it. */
async function isBegun(followed: FollowedFile, source: LogSource): Promise<void> {
  const began = performance.now();
  const waits = (): boolean => followed.at() === undefined && source.view().trouble === undefined;
  while (waits() && performance.now() - began < PATIENCE) await sleep(5);
}

/** The first line of the file. */
function readSecret(file: string): string | Trouble {
  const next = `Write the secret of the manager user into it, for this user alone: install -m 600 /dev/stdin ${file}`;
  try {
    const [secret = ""] = readFileSync(file, "utf8").split(/\r?\n/);
    if (secret !== "") return secret;
    return trouble("WATCH_SECRET", `${file} is empty: the secret of [watch.manager] is its first line`, NOTHING, next);
  } catch {
    return trouble("WATCH_SECRET", `the secret of [watch.manager] cannot be read: ${file}`, NOTHING, next);
  }
}
