import { TABLES } from "./chars.ts";

const { bytes } = TABLES;

/** The registered methods, the frequent ones first, so that a known one is always the same interned string. */
const METHODS = [
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "REGISTER",
  "OPTIONS",
  "SUBSCRIBE",
  "NOTIFY",
  "MESSAGE",
  "PUBLISH",
  "INFO",
  "PRACK",
  "REFER",
  "UPDATE",
];

/** Method of the token text[start, end), loaded; compared with case (RFC 3261 7.1: method names are case-sensitive). */
export function methodName(text: string, start: number, end: number): string {
  for (let i = 0; i < METHODS.length; i++) {
    const method = METHODS[i];
    if (method.length === end - start && isAt(method, start)) return method;
  }
  return text.slice(start, end);
}

function isAt(method: string, start: number): boolean {
  for (let i = 0; i < method.length; i++) if (bytes[start + i] !== method.charCodeAt(i)) return false;
  return true;
}
