import { canonicalIp, formatCidr, LIMITS, parseCidr, type Trouble, trouble } from "../base/index.ts";
import type { AddTrunk, TrunkData } from "./types.ts";

const TRANSPORTS = ["udp", "tcp", "tls"];

/** A trunk out of what was asked for; TRUNK_INVALID for what makes no sense. `known`: how many there are. */
export function readTrunk(
  { name, addresses, transport = "", fromDomain = "" }: AddTrunk,
  known: number,
): TrunkData | Trouble {
  if (known >= LIMITS.trunks) return invalid(`found ${known} trunks, expected at most ${LIMITS.trunks}`);
  if (!/^[\w.-]{1,64}$/.test(name))
    return invalid(`name: expected letters, digits, dots and dashes, such as carrier-1`);
  if (addresses.length === 0 || addresses.length > LIMITS.trunkAddresses) {
    return invalid(`addresses: found ${addresses.length}, expected 1 to ${LIMITS.trunkAddresses}`);
  }
  const blocks: string[] = [];
  for (const text of addresses) {
    const cidr = parseCidr(text);
    const found = JSON.stringify(text.slice(0, 70));
    if (cidr === undefined)
      return invalid(`address: found ${found}, expected an address or a block such as 203.0.113.0/28`);
    // Everybody would be trusted.
    if (cidr.bits === 0) return invalid(`address: found ${found}, expected a block that is not the whole internet`);
    blocks.push(formatCidr(cidr));
  }
  if (transport !== "" && !TRANSPORTS.includes(transport)) {
    return invalid(
      `transport: found ${JSON.stringify(transport.slice(0, 70))}, expected one of ${TRANSPORTS.join(", ")}`,
    );
  }
  if (fromDomain !== "" && !/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/.test(fromDomain)) {
    return invalid("From domain: expected a domain such as carrier.example, or an address");
  }
  return { name, addresses: blocks, transport, fromDomain: canonicalIp(fromDomain) ?? fromDomain.toLowerCase() };
}

function invalid(what: string): Trouble {
  return trouble("TRUNK_INVALID", what, "No trunk was changed.", "See how it is done: rempart trunk add --help");
}
