import { readPlace } from "./address.ts";
import { Attempts, type Tell } from "./attempts.ts";
import { registered, said } from "./notice.ts";
import type { Said } from "./said.ts";
import { eventOf } from "./security.ts";

/** Registrations that are gone, or were never there. */
const GONE: ReadonlySet<string> = new Set(["Removed", "Unreachable", "Unknown"]);

/**
 * Turns events of Asterisk's manager interface into the same facts as `AsteriskLog`. With `Attempts` that a log of the same Asterisk has too, what
 * both tell of is one.
 */
export class ManagerLog {
  readonly #attempts: Attempts;

  constructor(to: Tell | Attempts) {
    this.#attempts = to instanceof Attempts ? to : new Attempts(to);
  }

  /** One event, its fields by name. `now`: when it came; it is taken at once. True when it is about a caller. */
  take(event: ReadonlyMap<string, string>, now: number): boolean {
    const what = read(event);
    if (what === undefined) return false;
    this.#attempts.take(what, now);
    return true;
  }

  /** Nothing comes for now: what waits is told. */
  flush(): void {
    this.#attempts.settle(Number.POSITIVE_INFINITY);
  }
}

function read(event: ReadonlyMap<string, string>): Said | undefined {
  const name = event.get("Event") ?? "";
  if (name === "PeerStatus") return peerStatus(event);
  if (name === "ContactStatus") return contactStatus(event);
  const remote = event.get("RemoteAddress");
  const service = event.get("Service");
  if (remote === undefined || service === undefined) return undefined;
  // "IPV4/UDP/192.0.2.1/5060".
  const [family, transport = "", address = "", port = "", more] = remote.split("/");
  if ((family !== "IPV4" && family !== "IPV6") || more !== undefined || !/^\d{1,5}$/.test(port)) return undefined;
  return eventOf({
    event: name,
    service,
    account: event.get("AccountID") ?? "",
    session: event.get("SessionID") ?? "",
    address,
    port: Number(port),
    transport,
    nonce: event.get("ReceivedChallenge") ?? event.get("Challenge") ?? "",
    usesPassword: event.get("UsingPassword") === "1",
    acl: event.get("ACLName") ?? "",
    line: "event",
  });
}

/** chan_sip and IAX2: a registration. */
function peerStatus(event: ReadonlyMap<string, string>): Said | undefined {
  const peer = /^(?:SIP|IAX2)\/(.{1,96})$/.exec(event.get("Peer") ?? "");
  const place = readPlace(event.get("Address") ?? "");
  if (peer === null || place === undefined || event.get("PeerStatus") !== "Registered") return undefined;
  return said("success", place, peer[1], { detail: "registered" });
}

/** PJSIP: a registration, or a contact of the configuration. */
function contactStatus(event: ReadonlyMap<string, string>): Said | undefined {
  if (GONE.has(event.get("ContactStatus") ?? "Unknown")) return undefined;
  return registered(event.get("URI") ?? "", event.get("AOR") ?? "");
}
