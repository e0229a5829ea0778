import { isDigit } from "./stamp.ts";

const SPACE = 32;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;
const CALL = "[C-";
const CALL_LENGTH = 12;

/**
 * True: the line that begins there says nothing about a caller, whatever stands behind its first words. Most of a log is so, and need not be
 * made a line at all. False says nothing: `readPrefix` looks.
 */
export function saysNothing(text: string, from: number): boolean {
  let at = stampEnd(text, from);
  if (at < 0) return false;
  const level = levelLength(text, at);
  if (level <= 0) return level < 0;
  at += level;
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

/** Behind "[Mar  1 08:00:00] ", the full one, or that with milliseconds; -1: none of them. */
function stampEnd(text: string, from: number): number {
  if (text.charCodeAt(from) !== OPEN) return -1;
  const length = text.charCodeAt(from + 20) === CLOSE ? 22 : text.charCodeAt(from + 16) === CLOSE ? 18 : 26;
  const end = from + length;
  return text.charCodeAt(end - 1) === SPACE && text.charCodeAt(end - 2) === CLOSE ? end : -1;
}

/** Characters of "NOTICE[" and the like; 0: none of them, -1: one that never tells of callers. */
function levelLength(text: string, at: number): number {
  switch (text.charCodeAt(at)) {
    case 86:
      return text.startsWith("VERBOSE[", at) ? 8 : 0;
    case 78:
      return text.startsWith("NOTICE[", at) ? 7 : 0;
    case 87:
      return text.startsWith("WARNING[", at) ? 8 : 0;
    case 83:
      return text.startsWith("SECURITY[", at) ? 9 : 0;
    case 69:
      return text.startsWith("ERROR[", at) ? 6 : 0;
    case 68:
      return text.startsWith("DEBUG[", at) ? -1 : 0;
    default:
      return 0;
  }
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
