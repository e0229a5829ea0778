import type { Fact, Verdict } from "../shield/index.ts";

/** How often something was, by what it was. */
export interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}

/** What the shield has seen and decided since the start, for `top` and metrics. No addresses: the names are those of kinds and scenarios. */
export class ShieldCounts {
  readonly #facts = new Map<string, number>();
  readonly #verdicts = new Map<string, { readonly scenario: string; readonly action: string; count: number }>();

  fact({ kind, times }: Fact): void {
    this.#facts.set(kind, (this.#facts.get(kind) ?? 0) + times);
  }

  verdict({ scenario, action }: Verdict): void {
    const name = `${scenario} ${action}`;
    const known = this.#verdicts.get(name);
    if (known === undefined) this.#verdicts.set(name, { scenario, action, count: 1 });
    else known.count++;
  }

  facts(): Counted[] {
    return [...this.#facts].map(([kind, count]) => ({ labels: { kind }, count }));
  }

  verdicts(): Counted[] {
    return [...this.#verdicts.values()].map(({ scenario, action, count }) => ({ labels: { scenario, action }, count }));
  }
}
