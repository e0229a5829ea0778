/** How tools write what a phone draws at random. A name is changed by an option of the command line; this is not. */

const COOKIE = "z9hG4bK";

/**
 * SIPVicious (svmap, svwar, svcrack): the branch is the cookie, a hyphen and decimal digits; the Call-ID is decimal digits without a host. Both
 * together: phones that write one of them are known. HOT.
 */
export function isSipvicious(branch: string, callId: string): boolean {
  return (
    branch.startsWith(COOKIE) &&
    branch.charCodeAt(COOKIE.length) === HYPHEN &&
    isAll(branch, COOKIE.length + 1, isDigit) &&
    isAll(callId, 0, isDigit)
  );
}

/** sippts: 71 small letters and digits without the cookie that RFC 3261 asks for, and a Call-ID of 32 hex digits. HOT. */
export function isSippts(branch: string, callId: string): boolean {
  return (
    branch.length === 71 &&
    !branch.startsWith(COOKIE) &&
    isAll(branch, 0, isSmall) &&
    callId.length === 32 &&
    isAll(callId, 0, isHex)
  );
}

const HYPHEN = 45;

function isAll(text: string, from: number, is: (code: number) => boolean): boolean {
  if (from >= text.length) return false;
  for (let i = from; i < text.length; i++) if (!is(text.charCodeAt(i))) return false;
  return true;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102);
}

function isSmall(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 122);
}
