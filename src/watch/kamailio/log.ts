import { readPlace, readTransport } from "../asterisk/address.ts";
import { Pairs, type Seen, tellSeen } from "../fact.ts";
import type { LogReader, Tell } from "../reader.ts";
import { readLine } from "./line.ts";
import { matchTemplate, readTemplate, type Template } from "./template.ts";

const EXPOSED =
  "it is Kamailio's own output, which holds messages that it could not read, line ends and all: have it log to a syslog (log_stderror=no)";

/** Addresses of which a second line may come, and milliseconds within which it does. */
const OPEN = 16_384;
const TOGETHER = 2_000;

/** Lines of the kamailio.cfg that Kamailio ships, of guides, and those that src/watch/README.md proposes. */
const KNOWN: readonly (readonly [Template["kind"], string])[] = [
  ["flood", "ALERT: pike blocking $rm from $fu (IP:$si:$sp)"],
  ["flood", "ALERT: pike block $rm from $fu (IP:$si:$sp)"],
  ["flood", "Blocking traffic from $si"],
  ["malformed", "Malformed SIP request from $si:$sp"],
  ["malformed", "Malformed SIP message from $si:$sp"],
  // A response comes from whoever was asked, or from anywhere; a blocked one was told of before.
  ["nothing", "Malformed SIP response from $si:$sp"],
  ["nothing", "request from blocked IP - $rm from $fu (IP:$si:$sp)"],
  ["wrongPassword", "Auth error for $fU@$fd from $si cause $rc"],
  ["wrongPassword", "AUTHFAIL ip=$si user=$fU"],
  ["wrongPassword", "AUTHFAIL ip=$si proto=$pr user=$fU"],
  ["unknownUser", "NOUSER ip=$si user=$fU"],
  ["unknownUser", "NOUSER ip=$si proto=$pr user=$fU"],
  ["relay", "RELAY ip=$si proto=$pr to=$ru"],
  ["scanner", "SCANNER ip=$si proto=$pr ua=$ua"],
  ["success", "AUTHOK ip=$si proto=$pr user=$au"],
];

const PIKE = /PIKE - BLOCKing ip ([0-9A-Fa-f.:[\]]{2,64}), node=(?:0x)?[0-9a-f]{1,20}$/y;
const PARSE = /core parsing of SIP message failed \(([0-9A-Fa-f.:[\]]{2,64}):(\d{1,5})\/(\d{1,3})\)$/y;
/** Kamailio's own numbers of transports. */
const PROTOCOLS = ["", "udp", "tcp", "tls", "", "ws", "wss"];

/**
 * Turns lines of a Kamailio log into facts: what its modules say, what the stock script says, and what an operator's own script says by a template.
 * Kamailio's own output (`log_stderror=yes`) is no evidence: it holds the messages it could not read, line ends and all.
 */
export class KamailioLog implements LogReader {
  readonly #tell: Tell;
  readonly #templates: readonly Template[];
  readonly #floods = new Pairs(OPEN, TOGETHER);
  #now = 0;
  /** This is Kamailio's own output, where a caller can write whole lines: nothing is taken from it any more. */
  exposed = "";
  /** Lines that a caller's words made unreadable: two ends of `log_prefix`. */
  unclear = 0;

  /** `templates`: from `readTemplate`, asked before those that are known. */
  constructor(tell: Tell, templates: readonly Template[] = []) {
    this.#tell = tell;
    this.#templates = [...templates, ...OWN_LINES];
  }

  /** One line. `before`: when it was written at the latest. True when it is about a caller. `number` comes back with its fact. */
  take(line: string, before: number, number?: number): boolean {
    const read = readLine(line, before);
    if (read === "output") this.exposed = EXPOSED;
    if (read === "unclear") this.unclear++;
    if (read === undefined || typeof read === "string" || this.exposed !== "") return false;
    const seen = read.by === "script" ? this.#script(read.text) : moduleLine(read.by, read.text);
    if (seen === undefined) return false;
    const at = read.at ?? (this.#now || before);
    if (at > this.#now) this.#now = at;
    if (seen === "nothing") return true;
    // The module says so, then the script, and each process that was asked meanwhile.
    if (seen.kind === "flood") {
      if (this.#floods.follows(seen.address, at)) return true;
      this.#floods.first(seen.address, at);
    }
    tellSeen(this.#tell, seen, at, number);
    return true;
  }

  /** Nothing waits: every line is told of at once. */
  flush(): void {}

  #script(text: string): Seen | "nothing" | undefined {
    for (const template of this.#templates) {
      const seen = matchTemplate(template, text);
      if (seen !== undefined) return seen;
    }
    return undefined;
  }
}

/** What is no template is a fault of ours, and a test reads them all. */
const OWN_LINES: readonly Template[] = KNOWN.flatMap(([kind, format]) => {
  const template = readTemplate(kind, format);
  return "why" in template ? [] : [template];
});

/** Modules and the core name no user: the whole text is Kamailio's own. */
function moduleLine(by: string, text: string): Seen | undefined {
  PIKE.lastIndex = 0;
  const pike = by === "pike" ? PIKE.exec(text) : null;
  if (pike !== null) return own("flood", pike[1], "", "pike");
  PARSE.lastIndex = 0;
  const parse = by === "core" ? PARSE.exec(text) : null;
  return parse === null ? undefined : own("malformed", parse[1], PROTOCOLS[Number(parse[3])] ?? "", "parse");
}

function own(kind: Seen["kind"], address: string, protocol: string, detail: string): Seen | undefined {
  const place = readPlace(address);
  const transport = readTransport(protocol) ?? "udp";
  return place && { kind, address: place.address, transport, proved: transport !== "udp", account: "", detail };
}
