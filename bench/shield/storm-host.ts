/** `storm-host.ts OPTIONS`: an office. Its phones are all switched on at once and register again and again; some have old passwords. */
import { setTimeout as sleep } from "node:timers/promises";
import { openPhone, type Softphone } from "../../src/demo/index.ts";
import { DOMAIN, passwordOf, userOf } from "../accounts.ts";
import type { Stormed, StormOptions } from "./storm.ts";

const o = JSON.parse(process.argv[2] ?? "{}") as StormOptions & { local: string; host: string; port: number };
const refused = new Set<string>();
let registered = 0;
let failed = 0;
let tries = 0;
const waits: number[] = [];

async function open(i: number): Promise<Softphone> {
  const user = userOf(i);
  const password = i < o.bad ? "of last year" : passwordOf(user);
  const edge = { host: o.host, port: o.port };
  return openPhone({ name: user, user, domain: DOMAIN, password, edge, local: o.local, t1: i < o.bad ? 50 : 500 });
}

/** Registers, and again after a while, until the end. */
async function live(phone: Softphone, i: number, end: number): Promise<void> {
  const isGood = i >= o.bad;
  do {
    const from = performance.now();
    const m = await phone.register(3600, `User-Agent: Desk Phone ${i}\r\n`).catch(() => undefined);
    if (isGood) {
      waits.push(performance.now() - from);
      if (m?.status === 200) registered++;
      else {
        failed++;
        refused.add(`${phone.name}: ${m?.status ?? "no answer"}`);
      }
    } else tries++;
    if (!isGood && m?.status === 200) throw new Error("an old password is taken");
    const left = end - performance.now();
    // As after a power cut, with a nonce that is forgotten each time; no two in step for ever.
    phone.forget();
    // Who is refused tries again sooner.
    const pause = (isGood ? o.pause : o.pause / 5) * 1_000;
    await sleep(Math.max(0, Math.min(left, pause * (0.75 + (i % 50) / 100))));
  } while (performance.now() < end);
}

const phones = await Promise.all(Array.from({ length: o.good + o.bad }, (_, i) => open(i)));
const end = performance.now() + o.seconds * 1_000;
await Promise.all(phones.map((phone, i) => live(phone, i, end)));
waits.sort((a, b) => a - b);
const result: Stormed = {
  registered,
  failed,
  tries,
  refused: [...refused],
  p99: waits[Math.floor(waits.length * 0.99)] ?? 0,
};
process.stdout.write(JSON.stringify(result), () => process.exit(0));
