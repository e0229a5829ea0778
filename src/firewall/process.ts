import { type ChildProcess, spawn } from "node:child_process";
import { drained } from "./drained.ts";
import type { Command } from "./launch.ts";
import { lineReader } from "./lines.ts";
import { type Answer, LINE_BYTES } from "./protocol.ts";

/** What the helper may need to end by itself. */
const LAST_WORDS = 10_000;

/** The helper, from the daemon's side. */
export class HelperProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  open = true;

  /** `paper`: the open file of a dry run, -1 for none. `onEnd` is told once, with what is known of why. */
  constructor(
    [program, ...words]: Command,
    paper: number,
    onAnswer: (answer: Answer) => void,
    onEnd: (why: string) => void,
  ) {
    const child = spawn(program, words, {
      stdio: ["pipe", "pipe", "pipe", paper < 0 ? "ignore" : paper],
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      // Ctrl+C of a terminal is for the daemon, which then says when.
      detached: true,
    });
    this.#child = child;
    let why = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (why.length < 2_000) why += text;
    });
    const answered = (line: string): void => onAnswer(JSON.parse(line) as Answer);
    child.stdout?.setEncoding("utf8").on(
      "data",
      lineReader(LINE_BYTES, answered, () => this.kill()),
    );
    child.stdin?.on("error", () => {});
    this.#ended = new Promise<void>((resolve) => {
      const end = (reason: string): void => {
        if (this.open) onEnd(reason);
        this.open = false;
        resolve();
      };
      child.once("error", (error: Error) => end(error.message));
      child.once("close", (code, signal) => end(lastLine(why) || `it ended with ${signal ?? code}`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when more may follow. */
  async send(request: object): Promise<void> {
    const { stdin } = this.#child;
    if (!this.open || stdin?.writable !== true) return;
    if (!stdin.write(`${JSON.stringify(request)}\n`)) await drained(stdin, this.#ended);
  }

  /** Has it end by itself, and waits for that. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.kill(), LAST_WORDS);
    this.#child.stdin?.end();
    await this.#ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Of a program that has failed: the line that names the error, which stands before its trace. */
function lastLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b|^setpriv:/.test(line)) ?? lines.filter((line) => line !== "").at(-1) ?? "";
}
