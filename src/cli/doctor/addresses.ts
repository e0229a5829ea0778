import { networkInterfaces } from "node:os";
import { canonicalIp } from "../../base/index.ts";
import type { Config, ListenConfig } from "../../config/index.ts";
import { isWildcard, reachOf } from "../pbx/reach.ts";
import { type Finding, note, ok } from "./finding.ts";

/** What addresses phones are told, and whether the internet can reach those. */
export function addresses(config: Config): Finding {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = all
    .filter((a) => !a.internal && !a.address.startsWith("fe80"))
    .flatMap((a) => canonicalIp(a.address) ?? []);
  return judgeAddresses(config.sip.listen, own);
}

/** `own`: the machine's addresses but loopback. */
export function judgeAddresses(listen: readonly ListenConfig[], own: readonly string[]): Finding {
  const outside = listen.filter((l) => l.side === "public");
  const told = outside.flatMap((l) => {
    if (l.advertise !== "") return [l.advertise];
    return isWildcard(l.address) ? own.filter((a) => a.includes(":") === (l.family === 6)) : [l.address];
  });
  const names = [...new Set(told)];
  const shown = names.length === 0 ? "none but loopback" : names.join(", ");
  if (names.some((a) => reachOf(a) === "world")) return ok("address", `phones reach it at ${shown}`);
  const what = `phones reach it at ${shown}: nothing of that is of the internet`;
  return note("address", what, 'behind a NAT: advertise = "PUBLIC ADDRESS" in [[sip.listen]] (docs/listening.md)');
}
