import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const LOGS = join(import.meta.dirname, "../../corpus/logs");
const RECORDED = ["asterisk-22-pjsip.txt", "asterisk-16-pjsip.txt", "asterisk-16-chan-sip.txt"];
/** Lines of phones and calls, between what is about strangers. */
const HONEST = [
  'VERBOSE[4711][C-0000{n}] pbx.c: Executing [100@phones:{d}] Dial("PJSIP/101-0000{n}", "PJSIP/100,30") in new stack',
  "VERBOSE[4711][C-0000{n}] app_dial.c: Called PJSIP/100",
  "VERBOSE[4711][C-0000{n}] app_dial.c: PJSIP/100-0000{n} is ringing",
  "VERBOSE[4711][C-0000{n}] app_dial.c: PJSIP/100-0000{n} answered PJSIP/101-0000{n}",
  "VERBOSE[4711][C-0000{n}] bridge_channel.c: Channel PJSIP/100-0000{n} joined 'simple_bridge' basic-bridge <5b3ff2a4-{n}>",
  "VERBOSE[4711] res_pjsip_registrar.c: Added contact 'sip:1{d}{d}@10.0.{d}.{b}:5060' to AOR '1{d}{d}' with expiration of 3600 seconds",
  "VERBOSE[4711] res_pjsip/pjsip_configuration.c: Endpoint 1{d}{d} is now Reachable",
  "WARNING[4711][C-0000{n}] chan_pjsip.c: Could not create dialog to invalid URI '1{d}{d}'",
  "NOTICE[4711] res_rtp_asterisk.c: Unknown RTP codec 95 received from '(null)'",
];

interface Generated {
  readonly lines: number;
  readonly bytes: number;
}

/** Numbers without a rule that one sees, the same each time. */
function sequence(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** Every line of the recorded logs that begins as one, with a stamp for `{stamp}` and addresses to fill in. */
function recorded(): string[][] {
  return RECORDED.map((name) =>
    readFileSync(join(LOGS, name), "latin1")
      .split("\n")
      .filter(
        (line) =>
          /^\[\w{3} \d\d \d\d:\d\d:\d\d\] (?:NOTICE|SECURITY|WARNING|VERBOSE)/.test(line) &&
          !line.includes("192.0.2.99"),
      )
      .filter((line) => !line.endsWith('="') && !line.endsWith("'"))
      .map((line) => line.replace(/^\[[^\]]*\] /, "")),
  );
}

/**
 * Writes a log of so many lines: what was recorded of attacks, in turn, each time from other addresses, and honest lines between, as many. The same
 * file each time.
 */
export function generate(path: string, lines: number): Generated {
  const next = sequence();
  const blocks = recorded();
  const file = openSync(path, "w");
  let written = 0;
  let bytes = 0;
  let chunk = "";
  let now = Date.UTC(2026, 2, 1, 8);
  const put = (text: string): void => {
    now += 40;
    const line = `[${new Date(now).toISOString().slice(0, 19).replace("T", " ")}] ${text}\n`;
    chunk += line;
    bytes += line.length;
    written++;
    if (chunk.length > 1_000_000) {
      writeSync(file, chunk, null, "latin1");
      chunk = "";
    }
  };
  const honest = (): void => {
    const text = HONEST[Math.floor(next() * HONEST.length)];
    const n = String(Math.floor(next() * 9_999)).padStart(4, "0");
    put(
      text
        .replaceAll("{n}", n)
        .replaceAll(/\{d\}/g, () => String(Math.floor(next() * 10)))
        .replace("{b}", n.slice(2)),
    );
  };
  for (let round = 0; written < lines; round++) {
    // Strangers have other addresses in each round, and other conversations.
    const net = `198.${18 + (round & 1)}.${(round >> 1) & 255}`;
    for (const text of blocks[round % blocks.length]) {
      if (written < lines)
        put(
          text.replaceAll(/127\.0\.0\.(?!1\b)(\d+)/g, `${net}.$1`).replaceAll("@example.org", `@r${round}.example.org`),
        );
      if (written < lines) honest();
    }
  }
  writeSync(file, chunk, null, "latin1");
  closeSync(file);
  return { lines: written, bytes };
}
