import { isDigit } from "./stamp.ts";

const SPACE = 32;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;
const LEVELS = ["VERBOSE[", "NOTICE[", "WARNING[", "SECURITY[", "ERROR["] as const;
/** Where the bracket behind a stamp stands: "[Mar  1 08:00:00]", the full one, and that with milliseconds. */
const STAMPS = [16, 20, 24] as const;
const CALL = "[C-";
const CALL_LENGTH = 12;

/**
 * True: the line that begins there says nothing about a caller, whatever stands behind its first words. Most of a log is so, and need not be
 * made a line at all. False says nothing: `readPrefix` looks.
 */
export function saysNothing(text: string, from: number): boolean {
  let at = stampEnd(text, from);
  if (at < 0) return false;
  if (text.startsWith("DEBUG[", at)) return true;
  const level = LEVELS.find((name) => text.startsWith(name, at));
  if (level === undefined) return false;
  at += level.length;
  while (isDigit(text.charCodeAt(at))) at++;
  if (text.charCodeAt(at++) !== CLOSE) return false;
  if (text.startsWith(CALL, at)) {
    at += CALL_LENGTH;
    if (text.charCodeAt(at - 1) !== CLOSE) return false;
  }
  if (text.charCodeAt(at) === COLON) at++;
  if (text.charCodeAt(at++) !== SPACE) return false;
  return !mayTell(text, at);
}

function stampEnd(text: string, from: number): number {
  if (text.charCodeAt(from) !== OPEN) return -1;
  for (const close of STAMPS)
    if (text.charCodeAt(from + close) === CLOSE)
      return text.charCodeAt(from + close + 1) === SPACE ? from + close + 2 : -1;
  return -1;
}

/** The part of Asterisk that has written it may write about callers. */
function mayTell(text: string, at: number): boolean {
  switch (text.charCodeAt(at)) {
    // "chan_sip.c", "chan_iax2.c"
    case 99:
      return text.startsWith("chan_sip.c", at) || text.startsWith("chan_iax2.c", at);
    // "res_security_log.c", "res_pjsip/…", "res_pjsip_session.c", "res_pjsip_registrar.c"
    case 114:
      return (
        text.startsWith("res_s", at) || text.startsWith("res_pjsip/pjsip_d", at) || text.startsWith("res_pjsip_", at)
      );
    // "manager.c"
    case 109:
      return true;
    // "pjproject: ", "pjsip_distributor.c"
    case 112:
      return text.startsWith("pj", at);
    // "Ext. "
    case 69:
      return true;
    default:
      return false;
  }
}
