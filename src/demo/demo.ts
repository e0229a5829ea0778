import { setTimeout } from "node:timers/promises";
import type { Message } from "../sip/index.ts";
import { drawLadder } from "./ladder.ts";
import type { Address, Fate } from "./link.ts";
import { openPhone, type Softphone } from "./softphone.ts";
import { newTrace, type Step, type Trace } from "./trace.ts";

/** The accounts the demonstration needs. They exist for a few seconds, on loopback, in a state of their own. */
export const ACCOUNTS = [
  { user: "anna-desk", password: "only-for-the-demo-a" },
  { user: "bert-desk", password: "only-for-the-demo-b" },
] as const;

/** One act: what is shown, what came of it, and whether that is what should. */
export interface Act {
  readonly title: string;
  readonly outcome: string;
  readonly ok: boolean;
  readonly steps: readonly Step[];
  /** The steps drawn, in plain text. */
  readonly ladder: string;
}

export interface Demonstration {
  readonly ok: boolean;
  readonly acts: readonly Act[];
}

/** A lost INVITE is repeated after this long (RFC 3261 names 500 ms and allows less on a network one knows). */
const T1 = 200;

/** An outcome that takes longer than this, in ms, is none. */
const PATIENCE = 3000;

/** No message for this long, in ms: an act is over. */
const STILL = 40;

/**
 * Registers two phones at a running edge, lets them talk, loses a message on purpose and gives a call up.
 *
 * @param edge where the edge listens for UDP; it must have ACCOUNTS in `domain`
 * @param now milliseconds that never go back
 */
export async function demonstrate(edge: Address, domain: string, now: () => number): Promise<Demonstration> {
  const trace = newTrace(now);
  const loss = { next: "" };
  const fate: Fate = (text, way) => {
    if (way !== "out" || loss.next === "" || !text.startsWith(loss.next)) return 1;
    loss.next = "";
    return 0;
  };
  const common = { domain, edge, trace, t1: T1 };
  const anna = await openPhone({ ...common, ...ACCOUNTS[0], name: "anna", fate });
  const bert = await openPhone({ ...common, ...ACCOUNTS[1], name: "bert" });
  try {
    const acts = [
      await play(trace, "Both phones register. The edge asks for a digest; no password travels.", () =>
        register(anna, bert),
      ),
      await play(trace, "Anna calls Bert. Her INVITE is lost on purpose, so the phone sends it again.", () => {
        loss.next = "INVITE";
        return talk(anna, bert);
      }),
      await play(trace, "Anna calls again, and gives up while it rings.", () => giveUp(anna, bert)),
    ];
    return { ok: acts.every((a) => a.ok), acts };
  } finally {
    await Promise.all([anna.close(), bert.close()]);
  }
}

interface Outcome {
  readonly ok: boolean;
  readonly outcome: string;
}

async function play(trace: Trace, title: string, act: () => Promise<Outcome>): Promise<Act> {
  const from = trace.steps.length;
  const result = await within(act());
  await quiet(trace);
  const steps = trace.steps.slice(from);
  return { title, ...result, steps, ladder: drawLadder(steps, "anna", "bert") };
}

async function register(anna: Softphone, bert: Softphone): Promise<Outcome> {
  const answers = [await anna.register(), await bert.register()];
  const ok = answers.every((m) => m.status === 200);
  return { ok, outcome: ok ? "Both are registered." : `Registered: ${statuses(answers)}, expected 200 and 200.` };
}

async function talk(anna: Softphone, bert: Softphone): Promise<Outcome> {
  const call = anna.call(bert.aor);
  const answer = await call.final;
  if (answer.status !== 200) return { ok: false, outcome: `The call was refused: ${answer.status}.` };
  await bert.calls[0].confirmed;
  const bye = await bert.calls[0].request("BYE");
  const ok = bye.status === 200;
  return { ok, outcome: ok ? "They talked, and Bert hung up." : `BYE was answered ${bye.status}.` };
}

async function giveUp(anna: Softphone, bert: Softphone): Promise<Outcome> {
  bert.policy = "ring";
  const call = anna.call(bert.aor);
  await call.ringing;
  const cancel = await call.cancel();
  const final = await call.final;
  const ok = cancel.status === 200 && final.status === 487 && bert.calls[1].state === "cancelled";
  return { ok, outcome: ok ? "Bert's phone stopped ringing." : `CANCEL ${cancel.status}, INVITE ${final.status}.` };
}

function statuses(all: readonly Message[]): string {
  return all.map((m) => m.status).join(" and ");
}

/** Waits until the last messages of an act, such as the ACK of a refusal, are there too. */
async function quiet(trace: Trace): Promise<void> {
  for (let before = -1; before !== trace.steps.length; await setTimeout(STILL)) before = trace.steps.length;
}

/** What never answers becomes an outcome too. */
function within(act: Promise<Outcome>): Promise<Outcome> {
  const failed = (e: unknown): Outcome => ({ ok: false, outcome: e instanceof Error ? e.message : String(e) });
  const late = setTimeout(PATIENCE, { ok: false, outcome: `Nothing came of it in ${PATIENCE} ms.` }, { ref: false });
  return Promise.race([act.catch(failed), late]);
}
