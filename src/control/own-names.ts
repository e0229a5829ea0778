import { hostname, networkInterfaces } from "node:os";
import { canonicalIp } from "../base/index.ts";

/** Names and addresses of this machine, and those it is advertised by: other spellings of the primary domain. */
export function ownNames(advertised: readonly string[]): string[] {
  const names = new Set(["localhost", "127.0.0.1", "::1", hostname().toLowerCase()]);
  for (const list of Object.values(networkInterfaces())) {
    for (const entry of list ?? []) names.add(canonicalIp(entry.address) ?? entry.address);
  }
  for (const name of advertised) if (name !== "") names.add(name.toLowerCase());
  return [...names].filter((name) => name !== "");
}
