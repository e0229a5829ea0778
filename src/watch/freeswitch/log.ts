import { own } from "../../base/index.ts";
import type { Fact } from "../../shield/index.ts";
import { Pairs, tellSeen } from "../fact.ts";
import { readOuter } from "../outer.ts";
import type { LogReader } from "../reader.ts";
import { matchAt } from "../stamp.ts";
import { readSofia } from "./said.ts";

const SENDER = /[^\s[\]]{1,255} freeswitch[^\s:[\]]{0,40}(?:\[\d{1,10}\])?: /y;
/** "08-03 07:56:53.026292 ": some builds write no year. */
const NO_YEAR = /(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? /y;
/** How busy the machine is stands between stamp and level in newer versions. */
const LEVEL = /(?:\d{1,3}\.\d{1,2}% )?\[(DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|CRIT|ALERT|CONSOLE)\] /y;
const SOURCE = /(?:\[[A-Z]{1,16}\] )?\[?(\w{1,64})\.c(?:pp)?:\d{1,6}\]? /y;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} /y;
/** What begins a message that goes on with a caller's words, line by line. */
const CALLERS = /(?:Remote SDP:|Duplicate SDP|CHANNEL_DATA:)/y;
/** FreeSWITCH puts the uuid before so many lines of one message, and writes the rest, up to so many characters, without. */
const MARKED = 99;
const UNMARKED = 2_048;
const DAY = 86_400_000;

/** Addresses of which a second line may come, and milliseconds within which it does. */
const OPEN = 16_384;
const TOGETHER = 2_000;

/**
 * Turns lines of a FreeSWITCH log into facts. One attempt is one fact: an unknown user is told of by "Can't find user", and the failure that follows is
 * the same attempt. No line says over which transport it came, and a nonce is good for any address, so none is proved but the event socket's.
 */
export class FreeswitchLog implements LogReader {
  readonly #tell: (fact: Fact) => void;
  readonly #pairs = new Pairs(OPEN, TOGETHER);
  #now = 0;
  /** Of the last line, how many had it one behind the other, and how many characters may be a caller's behind them. */
  #uuid = "";
  #run = 0;
  #unmarked = 0;
  /** Callers' SDP stands in this log as lines of its own: whoever calls can write any line into it, so nothing is taken from it any more. */
  exposed = false;

  constructor(tell: (fact: Fact) => void) {
    this.#tell = tell;
  }

  /** One line. `before`: when it was written at the latest. True when it is about a caller. */
  take(line: string, before: number): boolean {
    if (this.#isOfCall(line)) return false;
    const outer = readOuter(line, SENDER, before);
    if (outer === undefined) return false;
    const { plain } = outer;
    const short = outer.at === undefined ? matchAt(NO_YEAR, plain, outer.from) : null;
    let from = outer.from + (short?.[0].length ?? 0);
    const level = matchAt(LEVEL, plain, from);
    if (level === null) return false;
    from += level[0].length;
    const source = matchAt(SOURCE, plain, from);
    if (source === null) return false;
    from += source[0].length;
    if (matchAt(CALLERS, plain, from) !== null) this.exposed = true;
    if (this.exposed || !level[1].startsWith("WARN")) return false;
    const seen = readSofia(source[1], plain.slice(from));
    if (seen === undefined) return false;
    const at = outer.at ?? (short === null ? undefined : timeOf(short, before)) ?? (this.#now || before);
    if (at > this.#now) this.#now = at;
    if (seen === "nothing") return true;
    if (seen.kind === "wrongPassword" && source[1] === "sofia_reg" && this.#pairs.second(seen.address, at)) return true;
    if (seen.kind === "unknownUser") this.#pairs.first(seen.address, at);
    tellSeen(this.#tell, seen, at);
    return true;
  }

  /**
   * A line of a call has its uuid in front, in the log that FreeSWITCH ships; lines of a caller's SDP have it, too. No line about a password has. Of a
   * message with very many lines the last ones have none, so what follows so many is not believed either.
   */
  #isOfCall(line: string): boolean {
    const uuid = matchAt(UUID, line, 0)?.[0] ?? "";
    if (uuid !== "") {
      this.#run = uuid === this.#uuid ? this.#run + 1 : 1;
      if (this.#run >= MARKED) this.#unmarked = UNMARKED;
      if (this.#run === 1) this.#uuid = own(uuid);
      return true;
    }
    this.#uuid = "";
    if (this.#unmarked <= 0) return false;
    this.#unmarked -= line.length + 1;
    return true;
  }

  /** Nothing waits: every line is told of at once. */
  flush(): void {}
}

/** The latest such time that is not after `before`; a day more, for clocks of other time zones. */
function timeOf([, month, day, h, m, s]: RegExpExecArray, before: number): number {
  const latest = before + DAY;
  const year = new Date(latest).getUTCFullYear();
  const at = Date.UTC(year, +month - 1, +day, +h, +m, +s);
  return at <= latest ? at : Date.UTC(year - 1, +month - 1, +day, +h, +m, +s);
}
