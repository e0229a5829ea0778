import type { Trouble } from "../../base/index.ts";
import type { ManagerEvent } from "../../follow/index.ts";
import type { Fact } from "../../shield/index.ts";
import { ManagerLog } from "../../watch/index.ts";
import type { SourceView } from "./source.ts";

/** How long an event waits for another one about the same attempt, ms; and characters of it that a fact shows. */
const TOGETHER = 100;
const MOST = 400;
/** Fields that could help to guess a password. */
const SECRET = /Response|Hash/;

/** The manager interface: events in, facts out. What comes is of now. */
export class ManagerSource {
  readonly name: string;
  readonly #reader: ManagerLog;
  readonly #seen = { lines: 0, understood: 0, facts: 0, last: 0 };
  #event = "";
  #trouble: Trouble | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, tell: (fact: Fact) => void) {
    this.name = name;
    this.#reader = new ManagerLog((fact) => {
      this.#seen.facts++;
      tell({ ...fact, message: fact.message === "" ? this.#event : fact.message });
    });
  }

  event(event: ManagerEvent): void {
    this.#seen.lines++;
    const shown = [...event].filter(([name]) => !SECRET.test(name)).map(([name, value]) => `${name}: ${value}`);
    this.#event = shown.join("\n").slice(0, MOST);
    if (this.#reader.take(event, Date.now())) {
      this.#seen.understood++;
      this.#seen.last = Date.now();
    }
    this.#timer ??= setTimeout(() => this.flush(), TOGETHER);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#reader.flush();
  }

  trouble(trouble: Trouble | undefined): void {
    this.#trouble = trouble;
  }

  view(): SourceView {
    return { name: this.name, format: "asterisk", ...this.#seen, trouble: this.#trouble };
  }
}
