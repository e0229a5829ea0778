import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { isTrouble, type Trouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { type Context, type Outcome, perform } from "../perform.ts";
import { drawTop, printTop } from "../top/screen.ts";
import { snapshotOf } from "../top/snapshot.ts";
import { openScreen } from "../top/terminal.ts";

/** Milliseconds between two pictures. */
const PAUSE = 1_000;

/** `rempart top`: who sends what, and what is or would be done about it, drawn anew each second. */
export function top(parent: Command): void {
  parent
    .command("top")
    .description("Watch who sends what, and what is done about it; q leaves")
    .option("--once", "one picture of one second")
    .action((options: { readonly once?: true }, command: Command) =>
      perform(command, (context) => {
        const { stdin, stdout } = process;
        const live = options.once !== true && context.output === "human" && stdout.isTTY && stdin.isTTY;
        return live ? watch(context) : once(context);
      }),
    );
}

async function once(context: Context): Promise<Outcome | Trouble> {
  const before = await askDaemon(context, "top", {});
  if (isTrouble(before)) return before;
  await setTimeout(PAUSE);
  const now = await askDaemon(context, "top", {});
  if (isTrouble(now)) return now;
  const snapshot = snapshotOf(before, now);
  return { data: snapshot, human: printTop(snapshot) };
}

async function watch(context: Context): Promise<Outcome | Trouble> {
  let before = await askDaemon(context, "top", {});
  if (isTrouble(before)) return before;
  let snapshot = snapshotOf(before, before);
  const screen = openScreen(process.stdin, process.stdout);
  // https://no-color.org: whatever its value, unless it is empty.
  const colour = (process.env.NO_COLOR ?? "") === "";
  const draw = (): void => screen.draw(drawTop(snapshot, screen.size(), colour));
  screen.onResize = draw;
  try {
    for (let isLeft = false; !isLeft; ) {
      draw();
      isLeft = await Promise.race([screen.left.then(() => true), setTimeout(PAUSE, false, { ref: false })]);
      if (isLeft) break;
      const now = await askDaemon(context, "top", {});
      if (isTrouble(now)) return now;
      snapshot = snapshotOf(before, now);
      before = now;
    }
  } finally {
    screen.restore();
  }
  return { data: undefined, human: "" };
}
