import { isTrouble, type Trouble } from "../base/index.ts";
import type { ModeKeeper } from "./mode.ts";
import type { ShieldKeeper } from "./shield.ts";
import { view } from "./shield-commands.ts";

/** Entries that one answer lists. */
const LISTING = 1_000;

type Handler = (args: unknown) => Promise<unknown | Trouble>;

/** `enforce …`: which mode holds, who is or would be kept out by it, and changing it. */
export function modeCommands(mode: ModeKeeper, shield: ShieldKeeper): Readonly<Record<string, Handler>> {
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: of two that come at once the second finds what the first has stored.
  const inTurn = (change: () => Promise<undefined | Trouble>): Promise<unknown | Trouble> => {
    const done = last.then(change);
    last = done.catch(() => {});
    return done.then((said) => (isTrouble(said) ? said : state(mode, shield)));
  };
  return {
    "enforce.state": async () => state(mode, shield),
    "enforce.on": (args) => inTurn(() => mode.on(secondsOf(args))),
    "enforce.confirm": () => inTurn(() => mode.confirm()),
    "enforce.off": () => inTurn(() => mode.off()),
  };
}

function state(mode: ModeKeeper, keeper: ShieldKeeper): unknown {
  const held = [...keeper.shield.book.all()].filter((entry) => keeper.isInForce(entry));
  const { out, spared } = keeper.preview();
  const now = keeper.now();
  return {
    ...mode.view(),
    held: held.length,
    byHand: held.filter((entry) => entry.origin === "operator").length,
    // What is only noted: it would go into force with `enforce on`, or not, for the sake of who is there.
    noted: out.slice(0, LISTING).map((entry) => ({
      ...view(keeper, entry),
      standing: entry.source === "" ? [] : keeper.shield.standing.at(entry.source, now),
    })),
    notedInAll: out.length,
    spared: spared.slice(0, LISTING).map((entry) => ({
      ...view(keeper, entry),
      standing: keeper.shield.standing.at(entry.source, now),
    })),
  };
}

function secondsOf(args: unknown): number | undefined {
  const value: unknown = typeof args === "object" && args !== null ? Reflect.get(args, "seconds") : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
