import type { Message } from "../sip/index.ts";

/** One message as a phone saw it. */
export interface Step {
  /** Milliseconds since the trace began. */
  readonly at: number;
  readonly phone: string;
  readonly way: "out" | "in";
  /** "INVITE" or "180 Ringing". */
  readonly label: string;
  /** The very same message was seen before by this phone, in this direction. */
  readonly again: boolean;
  /** Thrown away on purpose by the phone's own link. */
  readonly lost: boolean;
  readonly text: string;
}

/** Everything the phones of one demonstration or test sent and received, in order. */
export interface Trace {
  readonly steps: readonly Step[];
  add(phone: string, way: "out" | "in", m: Message, lost: boolean): void;
}

/** A trace that takes its time from `now` (milliseconds, any zero). */
export function newTrace(now: () => number): Trace {
  const steps: Step[] = [];
  const begin = now();
  return {
    steps,
    add(phone, way, m, lost) {
      const again = steps.some((s) => s.phone === phone && s.way === way && s.text === m.text);
      steps.push({ at: now() - begin, phone, way, label: labelOf(m), again, lost, text: m.text });
    },
  };
}

/** What an arrow is called: the method, or status and reason. */
function labelOf(m: Message): string {
  if (m.isRequest) return m.method;
  const line = m.text.slice(0, m.text.indexOf("\r\n"));
  return line.slice(line.indexOf(" ") + 1);
}
