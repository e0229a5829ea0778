import { printNameAddr } from "../nameaddr.ts";
import {
  parseDelta,
  parseRAck,
  parseText,
  parseToken,
  parseUint32,
  parseValued,
  printDelta,
  printNumber,
  printRAck,
  printText,
  printValued,
} from "../values.ts";
import { parseOneAddress } from "./core.ts";
import { single } from "./row.ts";

/** Dialogs, subscriptions and transfers. A proxy carries them; they are read for logs and by softphones. */
export const dialog = {
  replyTo: single(22, "Reply-To", "", parseOneAddress, printNameAddr, "RFC 3261 20.31"),
  event: single(10, "Event", "o", parseValued, printValued, "RFC 6665 8.2.1"),
  subscriptionState: single(31, "Subscription-State", "", parseValued, printValued, "RFC 6665 8.2.3"),
  rseq: single(23, "RSeq", "", parseUint32, printNumber, "RFC 3262 7.1"),
  rack: single(24, "RAck", "", parseRAck, printRAck, "RFC 3262 7.2"),
  sessionExpires: single(25, "Session-Expires", "x", parseDelta, printDelta, "RFC 4028 4"),
  minSe: single(26, "Min-SE", "", parseDelta, printDelta, "RFC 4028 5"),
  referTo: single(27, "Refer-To", "r", parseOneAddress, printNameAddr, "RFC 3515 2.1"),
  referredBy: single(28, "Referred-By", "b", parseOneAddress, printNameAddr, "RFC 3892 3"),
  replaces: single(29, "Replaces", "", parseValued, printValued, "RFC 3891 6.1"),
  join: single(30, "Join", "", parseValued, printValued, "RFC 3911 7.1"),
  referSub: single(38, "Refer-Sub", "", parseValued, printValued, "RFC 4488 4"),
  targetDialog: single(39, "Target-Dialog", "", parseValued, printValued, "RFC 4538 7"),
  sipEtag: single(32, "SIP-ETag", "", parseToken, printText, "RFC 3903 11.3.1"),
  sipIfMatch: single(33, "SIP-If-Match", "", parseToken, printText, "RFC 3903 11.3.2"),
  infoPackage: single(47, "Info-Package", "", parseText, printText, "RFC 6086 5"),
};
