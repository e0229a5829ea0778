import { own } from "../../base/index.ts";
import { Pairs, tellSeen } from "../fact.ts";
import { readOuter } from "../outer.ts";
import type { LogReader, Tell } from "../reader.ts";
import { matchAt, stampAt, withoutYear } from "../stamp.ts";
import { readSofia } from "./said.ts";

const SENDER = /[^\s[\]]{1,255} [^\s:[\]]{0,120}freeswitch[^\s:[\]]{0,40}(?:\[\d{1,10}\])?: /y;
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

const EXPOSED =
  "callers' SDP stands in it as lines of its own: log with uuids, or nothing below the level INFO (logfile.conf.xml, uuid=true or maps without debug)";

/** Addresses of which a second line may come, and milliseconds within which it does. */
const OPEN = 16_384;
const TOGETHER = 2_000;

/** What stands before the text. */
interface Head {
  readonly at: number | undefined;
  readonly level: string;
  /** Source file without ".c". */
  readonly by: string;
  /** Where the text begins. */
  readonly from: number;
}

/** `from`: behind what a syslog put there. `at`: what that said about the time. */
function headAt(plain: string, from: number, at: number | undefined, before: number): Head | undefined {
  const short = at === undefined ? matchAt(NO_YEAR, plain, from) : null;
  if (short !== null) {
    const [, month, ...rest] = short;
    at = withoutYear(+month - 1, rest.map(Number), before);
    from += short[0].length;
  }
  const level = matchAt(LEVEL, plain, from);
  if (level === null) return undefined;
  from += level[0].length;
  const source = matchAt(SOURCE, plain, from);
  return source === null ? undefined : { at, level: level[1], by: source[1], from: from + source[0].length };
}

/**
 * Turns lines of a FreeSWITCH log into facts. One attempt is one fact: an unknown user is told of by "Can't find user", and the failure that follows is
 * the same attempt. No line says over which transport it came, and a nonce is good for any address, so none is proved but the event socket's.
 */
export class FreeswitchLog implements LogReader {
  readonly #tell: Tell;
  readonly #pairs = new Pairs(OPEN, TOGETHER);
  #now = 0;
  /** Of the last line, how many had it one behind the other, and how many characters may be a caller's behind them. */
  #uuid = "";
  #run = 0;
  #unmarked = 0;
  /** The last line had a uuid and began what goes on with a caller's words. */
  #isBegun = false;
  /** Callers' SDP stands in this log as lines of its own: whoever calls can write any line into it, so nothing is taken from it any more. */
  exposed = "";

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** One line. `before`: when it was written at the latest. True when it is about a caller. `number` comes back with its fact. */
  take(line: string, before: number, number?: number): boolean {
    const outer = readOuter(line, SENDER, before);
    if (this.#isOfCall(line, outer?.plain ?? "", outer?.from ?? 0, before) || outer === undefined) return false;
    const { plain } = outer;
    const head = headAt(plain, outer.from, outer.at, before);
    if (head === undefined) return false;
    if (matchAt(CALLERS, plain, head.from) !== null) this.exposed = EXPOSED;
    if (this.exposed !== "" || !head.level.startsWith("WARN")) return false;
    const seen = readSofia(head.by, plain.slice(head.from));
    if (seen === undefined) return false;
    const at = head.at ?? (this.#now || before);
    if (at > this.#now) this.#now = at;
    if (seen === "nothing") return true;
    if (seen.kind === "wrongPassword" && head.by === "sofia_reg" && this.#pairs.second(seen.address, at)) return true;
    if (seen.kind === "unknownUser") this.#pairs.first(seen.address, at);
    tellSeen(this.#tell, seen, at, number);
    return true;
  }

  /**
   * A line of a call has its uuid in front, in the log that FreeSWITCH ships; lines of a caller's SDP have it, too. No line about a password has. Of a
   * message with very many lines the last ones have none, so what follows so many is not believed either. The console marks the first line alone.
   */
  #isOfCall(line: string, plain: string, from: number, before: number): boolean {
    const uuid = matchAt(UUID, plain, from)?.[0] ?? "";
    if (uuid !== "") {
      this.#run = uuid === this.#uuid ? this.#run + 1 : 1;
      if (this.#run >= MARKED) this.#unmarked = UNMARKED;
      if (this.#run === 1) this.#uuid = own(uuid);
      const stamp = stampAt(plain, from + uuid.length, before);
      const head = headAt(plain, stamp.end, stamp.at, before);
      this.#isBegun = head !== undefined && matchAt(CALLERS, plain, head.from) !== null;
      return true;
    }
    if (this.#isBegun) this.exposed = EXPOSED;
    this.#isBegun = false;
    this.#uuid = "";
    if (this.#unmarked <= 0) return false;
    this.#unmarked -= line.length + 1;
    return true;
  }

  /** Nothing waits: every line is told of at once. */
  flush(): void {}
}
