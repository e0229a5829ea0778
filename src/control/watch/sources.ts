import { readFileSync } from "node:fs";
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
import type { Intake } from "./intake.ts";
import { ManagerSource } from "./manager-source.ts";
import type { Pbx } from "./pbx.ts";
import type { Positions } from "./positions.ts";
import { LogSource, type SourceView } from "./source.ts";

const NOTHING = "Nothing was started or changed.";

/** All that is read, while it is read. */
export class Sources {
  readonly #intake: Intake;
  readonly #positions: Positions;
  readonly #events: Events;
  readonly #log: Logger;
  readonly #logs: (LogSource | ManagerSource)[] = [];
  readonly #followed: Followed[] = [];

  constructor(intake: Intake, positions: Positions, events: Events, log: Logger) {
    this.#intake = intake;
    this.#positions = positions;
    this.#events = events;
    this.#log = log;
  }

  /** Opens files, journals and the manager interface. What cannot be read now is waited for. */
  async open(pbx: Pbx, { journals, manager }: WatchConfig): Promise<undefined | Trouble> {
    for (const { path, format } of pbx.logs) {
      const source = this.#source(path, format);
      // What was logged before the first start is the past: `replay` judges it, and nobody is kept out for it.
      const from = await this.#positions.of(path);
      if (isTrouble(from)) return from;
      let followed: FollowedFile | undefined;
      const note = (): void => {
        const at = followed?.at();
        if (at !== undefined) this.#positions.note(path, at);
      };
      followed = followFile(
        path,
        { from: from ?? "end" },
        {
          ...this.#follower(source),
          onBytes: (piece) => {
            source.bytes(piece);
            note();
          },
        },
      );
      note();
      this.#followed.push(followed);
    }
    for (const { unit, format } of journals) {
      this.#followed.push(followJournal({ unit }, this.#follower(this.#source(`journal ${unit}`, format))));
    }
    return manager === undefined ? undefined : this.#openManager(manager);
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
    const source = new LogSource(name, format, (fact: Fact) => this.#intake.take(fact, number));
    this.#logs.push(source);
    return source;
  }

  #follower(source: LogSource | ManagerSource): Follower {
    return {
      onBytes: (piece) => {
        if (source instanceof LogSource) source.bytes(piece);
      },
      onTrouble: (found) => {
        source.trouble(found);
        this.#events.tell("source", { source: source.name, trouble: found?.code ?? "" });
        if (found === undefined) this.#log.info({ source: source.name }, "a log is read again");
        else this.#log.warn({ source: source.name, code: found.code, next: found.next }, found.what);
      },
    };
  }
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
