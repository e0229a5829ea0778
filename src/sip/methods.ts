/** The registered methods, so that a known one is always the same interned string. */
const METHODS = [
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "REGISTER",
  "OPTIONS",
  "PRACK",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
  "INFO",
  "REFER",
  "MESSAGE",
  "UPDATE",
];

/** Method of the token text[start, end); compared with case (RFC 3261 7.1: method names are case-sensitive). */
export function methodName(text: string, start: number, end: number): string {
  const length = end - start;
  const first = text.charCodeAt(start);
  for (let i = 0; i < METHODS.length; i++) {
    const method = METHODS[i];
    if (method.length === length && method.charCodeAt(0) === first && text.startsWith(method, start)) return method;
  }
  return text.slice(start, end);
}
