import { setTimeout } from "node:timers/promises";
import { callInOffice, deskName, guess, OLD, openOffice, PHONES, PLACES, scan, storm } from "./attackers.ts";
import type { Address } from "./link.ts";
import type { Softphone } from "./softphone.ts";

/** The password of the office's phones. It exists for a few seconds, on loopback, in a state of its own. */
const OFFICE_PASSWORD = "only-for-the-demo-c";
/** The accounts that the play needs. */
export const OFFICE_ACCOUNTS: readonly { readonly user: string; readonly password: string }[] = Array.from(
  { length: PHONES },
  (_, i) => ({ user: deskName(i + 1), password: OFFICE_PASSWORD }),
);

/** How often a phone of the office tries before it gives up. */
const TRIES = 4;
/** What lists of passwords begin with. */
const GUESSES = ["1234", "admin", "password", "desk-01", "0000", "asterisk", "letmein", "welcome"];
/** Milliseconds between two looks at what has been decided, and as long as it may take to be. */
const LOOK = 40;
const PATIENCE = 3_000;

/** What the play needs of its surroundings. */
export interface Stage {
  readonly edge: Address;
  readonly domain: string;
  /** Asks the daemon, as the command line does. */
  readonly ask: (command: string, args: unknown) => Promise<unknown>;
  /** Shows a line. */
  readonly tell: (line: string) => void;
  /** An answer of `why` in words. */
  readonly explain: (story: unknown) => string;
}

export interface Played {
  readonly ok: boolean;
  readonly acts: readonly { readonly title: string; readonly outcome: string; readonly ok: boolean }[];
}

/** Attacks a running edge that enforces and has `OFFICE_ACCOUNTS`, and tells what it decides as it does. */
export async function playAttack(stage: Stage): Promise<Played> {
  const { edge, domain, tell } = stage;
  const verdicts = newVerdicts(stage);
  const acts: { title: string; outcome: string; ok: boolean }[] = [];
  const play = async (title: string, act: () => Promise<readonly [ok: boolean, outcome: string]>): Promise<void> => {
    tell(`${acts.length === 0 ? "" : "\n"}${acts.length + 1}. ${title}`);
    const [ok, outcome] = await act();
    await verdicts.look();
    tell(`   ${ok ? "" : "FAILED: "}${outcome}`);
    acts.push({ title, outcome, ok });
  };
  const phones = await openOffice(edge, domain, OFFICE_PASSWORD);
  const good = phones.slice(0, PHONES - OLD);
  try {
    await play(`An office of ${good.length} phones behind one address, ${PLACES.office}, registers.`, () => open(good));
    await play(`A scanner at ${PLACES.scanner} asks who is here, as SIPVicious' svmap does.`, () =>
      scanned(edge, verdicts),
    );
    await play(`Somebody at ${PLACES.guesser} guesses the password of ${deskName(1)}.`, () => guessed(stage, verdicts));
    await play(
      `The office had a power cut: all ${PHONES} phones come back at once, ${OLD} of them with an old password.`,
      () => stormed(phones, verdicts),
    );
    await play("Is the office still working?", () => works(good));
    tell(`\nWhy? What \`rempart why ${PLACES.guesser}\` says of the guesser:\n`);
    tell(indented(stage.explain(await stage.ask("why", { name: PLACES.guesser }))));
    tell(`\nAnd of the office, \`rempart why ${PLACES.office}\`:\n`);
    tell(indented(shortened(stage.explain(await stage.ask("why", { name: PLACES.office })))));
  } finally {
    await verdicts.stop();
    await Promise.all(phones.map((phone) => phone.close()));
  }
  return { ok: acts.every((act) => act.ok), acts };
}

type Outcome = readonly [ok: boolean, outcome: string];

async function open(good: readonly Softphone[]): Promise<Outcome> {
  const registered = await storm(good, 1);
  return [registered === good.length, `${registered} of ${good.length} are registered: the address has standing now.`];
}

async function scanned(edge: Address, verdicts: Verdicts): Promise<Outcome> {
  const { sent, answered } = await scan(edge);
  const isMuted = await verdicts.has("mute", PLACES.scanner);
  const why = "Its address may be forged, so it is muted, not banned: one packet in 2 s is let in.";
  return [isMuted && answered < sent / 4, `${answered} of ${sent} packets were answered. ${why}`];
}

async function guessed({ edge, domain, tell }: Stage, verdicts: Verdicts): Promise<Outcome> {
  let looked = 0;
  await guess(edge, domain, deskName(1), GUESSES, (password, status) => {
    if (status !== 0) looked++;
    tell(`   "${password}"`.padEnd(16) + (status === 0 ? "no answer" : `${status}`));
  });
  const isBanned = await verdicts.has("ban", PLACES.guesser);
  const proof = "Each try answered a nonce sent to that address: that is proof, so it is banned.";
  return [
    isBanned && looked < GUESSES.length,
    `${looked} of ${GUESSES.length} tries got an answer, then none. ${proof}`,
  ];
}

async function stormed(phones: readonly Softphone[], verdicts: Verdicts): Promise<Outcome> {
  const registered = await storm(phones, TRIES);
  const named = await Promise.all(phones.slice(-OLD).map((phone) => verdicts.has("mute", PLACES.office, phone.name)));
  const isWhole = registered === phones.length - OLD && named.every(Boolean);
  const outcome = `${registered} of ${phones.length} are registered. The ${OLD} with the old password are named and muted; the others are not touched.`;
  return [isWhole, outcome];
}

async function works(good: readonly Softphone[]): Promise<Outcome> {
  const registered = await storm(good, 1);
  const talked = await callInOffice(good[0], good[1]);
  const call = `${good[0].name} called ${good[1].name}: ${talked ? "they talked and hung up" : "no call came about"}.`;
  return [registered === good.length && talked, `${registered} of ${good.length} good phones register. ${call}`];
}

interface Verdicts {
  /** Shows what is new. */
  look(): Promise<void>;
  /** Has this been decided? Waits for it for a while. `user`: of that account. */
  has(action: string, source: string, user?: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** Shows verdicts as they fall. */
function newVerdicts({ ask, tell }: Stage): Verdicts {
  const fallen: Readonly<Record<string, unknown>>[] = [];
  let seq = 0;
  let looking = Promise.resolve();
  const lookNow = async (): Promise<void> => {
    const answer = (await ask("events.since", { seq })) as { events: Record<string, unknown>[] };
    for (const event of answer.events) {
      seq = Number(event.seq);
      if (event.event !== "mute" && event.event !== "ban" && event.event !== "guard") continue;
      fallen.push(event);
      tell(verdictLine(event));
    }
  };
  const look = (): Promise<void> => {
    looking = looking.then(lookNow);
    return looking;
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK);
  return {
    look,
    async has(action, source, user = "") {
      const isIt = (e: Readonly<Record<string, unknown>>): boolean =>
        e.event === action && e.source === source && String(e.account).startsWith(user === "" ? "" : `${user}@`);
      for (let waited = 0; waited < PATIENCE && !fallen.some(isIt); waited += LOOK) {
        await setTimeout(LOOK);
        await look();
      }
      return fallen.some(isIt);
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

function verdictLine({ time, event, scenario, source, account, because }: Readonly<Record<string, unknown>>): string {
  const who = account === "" ? source : `${account} at ${source}`;
  return `   ${String(time).slice(11, 23)}  ${String(event).toUpperCase()}  ${who}  ${scenario} (${because})`;
}

/** Without the messages: there would be one for each try. */
function shortened(story: string): string {
  const end = story.search(/\n\nWhat happened:/);
  return end < 0 ? story : story.slice(0, end);
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "   ");
}
