import type { Daemon } from "../../test/support/child.ts";
import { type LoadOptions, load, type Measured } from "../load.ts";
import { AT, PORT, type Scene, WAYS } from "./scene.ts";

/** Accounts of each of the three. */
const EACH = 100;
/** How many accounts the server has to have. */
export const ACCOUNTS = 3 * EACH;

type Kind = "registrations" | "calls" | "trunk calls";

/** Exchanges per second of each: modest, and the same whatever else goes on. */
const RATES: Readonly<Record<Kind, number>> = { registrations: 40, calls: 30, "trunk calls": 30 };

/** What honest people do meanwhile, from three addresses: phones register, phones call each other, a trunk calls phones. */
function optionsOf(scene: Scene, kind: Kind, pids: readonly number[]): LoadOptions {
  const { own, callee, skip } = {
    registrations: { own: AT.registering, callee: AT.registering, skip: 0 },
    calls: { own: AT.calling, callee: AT.calling, skip: EACH },
    "trunk calls": { own: AT.trunk, callee: AT.called, skip: 2 * EACH },
  }[kind];
  return {
    mode: kind === "registrations" ? "register" : "call",
    digest: kind === "calls",
    port: PORT,
    at: WAYS[4].edge,
    own,
    callee,
    skip,
    callerPort: 5062,
    calleePort: 5064,
    accounts: EACH,
    pids,
    seconds: 1,
    warmup: 0,
    // Before the attacker, who is on the same core: it is the server that is measured.
    within: ["chrt", "-f", "20", ...scene.internet.within],
  };
}

/** Registers all of them. They have standing from then on. */
export async function registerPhones(scene: Scene): Promise<void> {
  for (const kind of ["registrations", "calls", "trunk calls"] as const) {
    const { callee, ...o } = optionsOf(scene, kind, []);
    const done = await load({ ...o, mode: "register", digest: false, own: callee ?? AT.called, once: true });
    if (done.done !== EACH) throw new Error(`only ${done.done} of ${EACH} phones registered: ${done.first_error}`);
  }
}

/** What became of what they did. */
export interface Service {
  readonly kind: Kind;
  readonly done: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly resent: number;
  readonly firstError: string;
}

/** Lets them work for so many seconds. */
export function serve(scene: Scene, seconds: number): Promise<Service[]> {
  const kinds: readonly Kind[] = ["registrations", "calls", "trunk calls"];
  return Promise.all(
    kinds.map(async (kind) => {
      const m = await load({ ...optionsOf(scene, kind, []), seconds, warmup: 0.5, rate: RATES[kind] });
      return viewOf(kind, m);
    }),
  );
}

function viewOf(kind: Kind, m: Measured): Service {
  const { done, p50, p99, max, retransmitted, first_error: firstError } = m;
  return {
    kind,
    done,
    failed: m.lost + m.errors + m.unacked + m.overflow,
    p50,
    p99,
    max,
    resent: retransmitted,
    firstError,
  };
}

/** All three together: the worst of each. */
export function worst(
  services: readonly Service[],
): Pick<Service, "p50" | "p99" | "max" | "done" | "failed" | "resent"> {
  const most = (of: (s: Service) => number): number => Math.max(...services.map(of));
  const sum = (of: (s: Service) => number): number => services.reduce((all, s) => all + of(s), 0);
  return {
    p50: most((s) => s.p50),
    p99: most((s) => s.p99),
    max: most((s) => s.max),
    done: sum((s) => s.done),
    failed: sum((s) => s.failed),
    resent: sum((s) => s.resent),
  };
}

/** Status of the daemon, as far as the measures look at it. */
export interface Status {
  readonly pid: number;
  readonly udp: unknown;
  readonly shield: { readonly book: number; readonly standing: number; readonly refused?: number };
  readonly memory: { readonly rss: number };
  readonly counters: Readonly<Record<string, number>>;
}

export async function statusOf(daemon: Daemon): Promise<Status> {
  return (await daemon.command("status")) as Status;
}
