import type { BusySource } from "../../edge/index.ts";
import { type Fact, sourceOf } from "../../shield/index.ts";
import type { ShieldKeeper } from "../shield.ts";
import { Once } from "./once.ts";

/** What was written before a ban may be read after it, ms. */
const ON_ITS_WAY = 2_000;
/** Sources whose facts are counted for `top`. */
const BUSY = 4_096;

export interface IntakeRules {
  /** Users whom only attackers ask for. */
  readonly decoys: readonly string[];
  /** Who exists, as far as that is known. */
  readonly accounts: ReadonlySet<string> | undefined;
  /** Whether what was seen over UDP counts as proved. */
  readonly trustsUdp: boolean;
}

/** Where facts of all sources come together, on their way to the shield. */
export class Intake {
  readonly #shield: ShieldKeeper;
  readonly #rules: IntakeRules;
  readonly #once = new Once();
  readonly #decoys: ReadonlySet<string>;
  /** Facts by source since it was asked last. */
  #busy = new Map<string, number>();
  #asked = Date.now();

  constructor(shield: ShieldKeeper, rules: IntakeRules) {
    this.#shield = shield;
    this.#rules = rules;
    this.#decoys = new Set(rules.decoys);
  }

  /** `fact.at`: wall milliseconds, as the line says. `source`: number of who tells it. */
  take(fact: Fact, source: number): void {
    if (!this.#once.isNew(fact, source)) return;
    const now = this.#shield.now();
    // A line of the future is one of a clock that goes otherwise.
    const at = Math.min(now, now + fact.at - Date.now());
    const judged: Fact = { ...fact, at, kind: this.#kindOf(fact), ...this.#proofOf(fact) };
    const of = sourceOf(fact.address);
    if (this.#busy.size < BUSY || this.#busy.has(of)) this.#busy.set(of, (this.#busy.get(of) ?? 0) + fact.times);
    this.#notice(judged);
    this.#shield.judge(judged);
    if (this.#isNobody(judged)) this.#shield.judge({ ...judged, kind: "unknownUser" });
  }

  /** Of whom the logs spoke most since this was asked last. */
  busiest(): { readonly ms: number; readonly sources: readonly BusySource[] } {
    const now = Date.now();
    const sources = [...this.#busy].map(([source, packets]) => ({ source, packets, refused: 0, device: "" }));
    const ms = now - this.#asked;
    this.#busy = new Map();
    this.#asked = now;
    return { ms, sources: sources.sort((a, b) => b.packets - a.packets) };
  }

  /** chan_sip says "Wrong password" of users that do not exist, too: whoever tries one name after the other would not be seen by it. */
  #isNobody({ kind, account, reference }: Fact): boolean {
    const { accounts } = this.#rules;
    return (
      accounts !== undefined && kind === "wrongPassword" && reference.startsWith("port ") && !accounts.has(account)
    );
  }

  #kindOf({ kind, account }: Fact): Fact["kind"] {
    return kind === "unknownUser" && this.#decoys.has(account) ? "decoy" : kind;
  }

  /** The operator may say that it is proof; the story says that he did. */
  #proofOf({ kind, transport, proved, reference }: Fact): Pick<Fact, "proved" | "reference"> {
    if (proved || transport !== "udp" || !this.#rules.trustsUdp || kind === "success") return { proved, reference };
    return { proved: true, reference: `${reference} (UDP, taken as proof: udp_evidence)`.trimStart() };
  }

  /** The phone system still hears somebody who is banned: the kernel is told again. */
  #notice({ address, at }: Fact): void {
    const source = sourceOf(address);
    const entry = this.#shield.shield.book.get({ source, account: "", device: "", spares: false });
    if (entry?.action === "ban" && at > entry.since + ON_ITS_WAY) this.#shield.leaked([source]);
  }
}
