import { parseNameAddr, printNameAddr } from "../nameaddr.ts";
import {
  parseDate,
  parseDelta,
  parseText,
  parseToken,
  parseValued,
  parseWarning,
  printDate,
  printDelta,
  printText,
  printValued,
  printWarning,
} from "../values.ts";
import { list, single, spanList } from "./row.ts";

/** What people and logs are told. */
export const info = {
  subject: single(15, "Subject", "s", parseText, printText, "RFC 3261 20.36"),
  userAgent: single(16, "User-Agent", "", parseText, printText, "RFC 3261 20.41"),
  server: single(17, "Server", "", parseText, printText, "RFC 3261 20.35"),
  organization: single(18, "Organization", "", parseText, printText, "RFC 3261 20.25"),
  priority: single(19, "Priority", "", parseToken, printText, "RFC 3261 20.26"),
  date: single(11, "Date", "", parseDate, printDate, "RFC 3261 20.17"),
  retryAfter: single(13, "Retry-After", "", parseDelta, printDelta, "RFC 3261 20.33"),
  warning: list(88, "Warning", "", parseWarning, printWarning, "RFC 3261 20.43"),
  reason: list(89, "Reason", "", parseValued, printValued, "RFC 3326 2"),
  alertInfo: spanList(82, "Alert-Info", "", parseNameAddr, printNameAddr, "RFC 3261 20.4"),
  callInfo: spanList(83, "Call-Info", "", parseNameAddr, printNameAddr, "RFC 3261 20.9"),
  errorInfo: spanList(84, "Error-Info", "", parseNameAddr, printNameAddr, "RFC 3261 20.18"),
  inReplyTo: list(87, "In-Reply-To", "", parseText, printText, "RFC 3261 20.21"),
  geolocation: spanList(103, "Geolocation", "", parseNameAddr, printNameAddr, "RFC 6442 4.1"),
  pEarlyMedia: list(107, "P-Early-Media", "", parseToken, printText, "RFC 5009 8"),
  pAccessNetworkInfo: list(108, "P-Access-Network-Info", "", parseText, printText, "RFC 7315 4.4"),
  pChargingVector: single(40, "P-Charging-Vector", "", parseText, printText, "RFC 7315 4.6"),
  pCalledPartyId: single(45, "P-Called-Party-ID", "", parseText, printText, "RFC 7315 4.2"),
  userToUser: list(109, "User-to-User", "", parseText, printText, "RFC 7433 4"),
  sessionId: single(43, "Session-ID", "", parseText, printText, "RFC 7989 5"),
  answerMode: single(41, "Answer-Mode", "", parseValued, printValued, "RFC 5373 3"),
};
