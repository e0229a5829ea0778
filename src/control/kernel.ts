import { join } from "node:path";
import type { Config } from "../config/index.ts";
import type { ListenerView } from "../edge/index.ts";
import { type Door, type EnforcerEvent, KernelEnforcer, noEnforcer } from "../firewall/index.ts";
import type { Logger } from "../observe/index.ts";
import type { Enforcer, Held } from "../ports/index.ts";
import type { Change, Entry } from "../shield/index.ts";

/** How long a success speaks for a source, ms; in the kernel an hour more, for it is told again only once an hour. */
export const STANDS = 25 * 3_600_000;
/** Foreign changes that are logged one by one within a minute. */
const LOGGED = 10;

/** The first line of defence. */
export interface Kernel {
  readonly enforcer: Enforcer;
  open(listeners: readonly ListenerView[]): void;
}

/** All that is to be in force when the table is made. */
export interface InForce {
  bans(): Iterable<Held>;
  standing(): Iterable<Held>;
}

/** Has the kernel keep out whom the book bans, once it is told the listeners. Nothing waits for it. */
export function startKernel(config: Config, inForce: InForce, log: Logger): Kernel {
  const { backend, table, keep, stranger, strangers } = config.firewall;
  if (backend === "none") return { enforcer: noEnforcer(), open: () => {} };
  const drops = config.mode === "enforce";
  const enforcer = new KernelEnforcer({
    backend,
    keep,
    paper: join(config.state, "firewall.nft"),
    spec: { table, drops, stranger, strangers },
    never: [],
    bans: () => inForce.bans(),
    standing: () => inForce.standing(),
    onEvent: eventLog(log, drops),
  });
  return { enforcer, open: (listeners) => enforcer.open(listeners.map(doorOf)) };
}

/** An entry as the kernel can enforce it: a ban of a whole source. Undefined for any other. */
export function heldOf(entry: Entry, now: number): Held | undefined {
  const { source, account, device, spares, action, enforced, until } = entry;
  const isWhole = source !== "" && account === "" && device === "" && !spares;
  return isWhole && enforced && action === "ban" ? { source, left: until - now } : undefined;
}

/** Tells the kernel what has changed in the book. */
export function tellKernel(enforcer: Enforcer, changes: readonly Change[], now: number): void {
  const gone: string[] = [];
  const put: Held[] = [];
  for (const { entry, what } of changes) {
    const held = heldOf(entry, now);
    if (held === undefined) continue;
    if (what === "removed") gone.push(held.source);
    else put.push(held);
  }
  if (gone.length > 0) enforcer.unban(gone);
  if (put.length > 0) enforcer.ban(put);
}

function doorOf({ transport, address, port, side }: ListenerView): Door {
  const family = address.includes(":") ? 6 : 4;
  const isAny = address === "0.0.0.0" || address === "::";
  return { protocol: transport === "udp" ? "udp" : "tcp", family, address: isAny ? "" : address, port, side };
}

function eventLog(log: Logger, drops: boolean): (event: EnforcerEvent) => void {
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
          drops ? "the kernel enforces" : "the kernel counts, and drops nothing (observe)",
        );
        break;
      case "off": {
        const { code, what, safe, next } = event.trouble;
        log.warn({ code, next }, `the kernel does not enforce: ${what}; ${safe}`);
        break;
      }
      case "changed":
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
