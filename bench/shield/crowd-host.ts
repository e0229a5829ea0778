/** The judge alone, with different sources by the thousand: what a verdict costs, and what is kept. With `--expose-gc`. */
import { type Fact, Shield } from "../../src/shield/index.ts";

/** Facts per second after so many sources, and the heap, MiB. */
export interface Judged {
  readonly sources: number;
  readonly perSecond: number;
  readonly heap: number;
}

/** Facts that are measured after each. */
const MEASURED = 100_000;
const KINDS = ["scanner", "unknownUser", "wrongPassword", "relay"] as const;

const shield = new Shield(new Map(), []);
let made = 0;

function newFact(): Fact {
  const i = made++;
  const kind = KINDS[i % KINDS.length];
  return {
    kind,
    // A million in a day.
    at: 1_700_000_000_000 + i * 86.4,
    address: `${11 + (i >> 24)}.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
    transport: "udp",
    proved: kind === "wrongPassword",
    account: `u${i % 5_000}@bench.example`,
    device: "Desk Phone",
    detail: kind === "relay" ? `00${i}` : "",
    reference: `REGISTER ${i}`,
    message: "",
    times: 1,
  };
}

function judge(count: number): number {
  const from = performance.now();
  for (let i = 0; i < count; i++) {
    const fact = newFact();
    shield.judge(fact);
    // As the control thread does each second of the clock.
    if (made % 12 === 0) shield.book.sweep(fact.at);
  }
  return performance.now() - from;
}

const found: Judged[] = [];
for (const sources of [10_000, 100_000, 1_000_000]) {
  judge(sources - made);
  const perSecond = MEASURED / (judge(MEASURED) / 1_000);
  globalThis.gc?.();
  found.push({ sources, perSecond, heap: process.memoryUsage().heapUsed / 1024 / 1024 });
}
process.stdout.write(JSON.stringify(found));
