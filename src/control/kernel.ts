import { join } from "node:path";
import type { Config } from "../config/index.ts";
import type { ListenerView } from "../edge/index.ts";
import { type Door, type EnforcerEvent, KernelEnforcer, noEnforcer } from "../firewall/index.ts";
import type { Events, Logger } from "../observe/index.ts";
import type { Enforcer, Held } from "../ports/index.ts";

/** How long a success speaks for a source, ms; in the kernel an hour more, for it is told again only once an hour. */
export const STANDS = 25 * 3_600_000;
/** Foreign changes that are logged one by one within a minute. */
const LOGGED = 10;

/** The first line of defence. */
export interface Kernel {
  readonly enforcer: Enforcer;
  /** The book can be asked. */
  fill(): void;
  open(listeners: readonly ListenerView[]): void;
  /** Where no listener of ours is the door: ports of somebody else. */
  openAt(doors: readonly Door[]): void;
}

/** All that is to be in force when the table is made. */
export interface InForce {
  bans(): Iterable<Held>;
  standing(): Iterable<Held>;
  mutes(): Iterable<Held>;
}

/** What is other where no edge stands behind the kernel. */
export interface Alone {
  /** Whether the limits for strangers hold: carriers are strangers, too. */
  readonly limits: boolean;
}

const NO_LIMIT = { rate: 0, burst: 1 };

/** Has the kernel keep out whom the book bans, once the book is read, the listeners are told, and the site enforces. Nothing waits for it. */
export function startKernel(config: Config, inForce: InForce, events: Events, log: Logger, alone?: Alone): Kernel {
  const { backend, table, keep } = config.firewall;
  if (backend === "none") return { enforcer: noEnforcer(), fill: () => {}, open: () => {}, openAt: () => {} };
  const { stranger, strangers } =
    alone?.limits === false ? { stranger: NO_LIMIT, strangers: NO_LIMIT } : config.firewall;
  const enforcer = new KernelEnforcer({
    backend,
    keep,
    paper: join(config.state, "firewall.nft"),
    spec: { table, drops: false, stranger, strangers, mutes: alone !== undefined },
    never: [],
    bans: () => inForce.bans(),
    standing: () => inForce.standing(),
    mutes: () => inForce.mutes(),
    onEvent: eventLog(events, log),
  });
  const openAt = (doors: readonly Door[]): void => enforcer.open(doors);
  return { enforcer, fill: () => enforcer.fill(), open: (listeners) => openAt(listeners.map(doorOf)), openAt };
}

function doorOf({ transport, address, port, side }: ListenerView): Door {
  const family = address.includes(":") ? 6 : 4;
  const isAny = address === "0.0.0.0" || address === "::";
  return { protocol: transport === "udp" ? "udp" : "tcp", family, address: isAny ? "" : address, port, side };
}

function eventLog(events: Events, log: Logger): (event: EnforcerEvent) => void {
  let minute = 0;
  let told = 0;
  const mayTell = (): boolean => {
    const now = Math.floor(performance.now() / 60_000);
    if (now !== minute) told = 0;
    minute = now;
    return ++told <= LOGGED;
  };
  return (event) => {
    switch (event.what) {
      case "on":
        log.info(
          { ms: Math.round(event.ms) },
          event.drops ? "the kernel enforces" : "the kernel counts, and drops nothing (observe)",
        );
        break;
      case "off": {
        const { code, what, safe, next } = event.trouble;
        log.warn({ code, next }, `the kernel does not enforce: ${what}; ${safe}`);
        break;
      }
      case "changed":
        events.tell("enforcement_changed", { change: event.change, by: event.by });
        if (!mayTell()) break;
        log.error(
          { event: "enforcement_changed", change: event.change, by: event.by },
          "somebody else has changed the table of the kernel that is ours; it is put back",
        );
        break;
      case "refused":
        log.error({ event: "enforcement_refused", part: event.part }, `the kernel did not take it: ${event.why}`);
        break;
    }
  };
}
