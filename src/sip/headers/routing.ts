import { parseNameAddr, printNameAddr } from "../nameaddr.ts";
import { parseText, parseUint32, printNumber, printText } from "../values.ts";
import { list, single, spanList } from "./row.ts";

/** Where a message goes and came from. */
export const routing = {
  route: spanList(65, "Route", "", parseNameAddr, printNameAddr, "RFC 3261 20.34"),
  recordRoute: spanList(66, "Record-Route", "", parseNameAddr, printNameAddr, "RFC 3261 20.30"),
  path: spanList(67, "Path", "", parseNameAddr, printNameAddr, "RFC 3327 4"),
  serviceRoute: spanList(68, "Service-Route", "", parseNameAddr, printNameAddr, "RFC 3608 5"),
  maxBreadth: single(8, "Max-Breadth", "", parseUint32, printNumber, "RFC 5393 5.3.3"),
  flowTimer: single(35, "Flow-Timer", "", parseUint32, printNumber, "RFC 5626 10"),
  historyInfo: spanList(97, "History-Info", "", parseNameAddr, printNameAddr, "RFC 7044 5"),
  diversion: spanList(98, "Diversion", "", parseNameAddr, printNameAddr, "RFC 5806 4"),
  requestDisposition: list(96, "Request-Disposition", "d", parseText, printText, "RFC 3841 9.1"),
  acceptContact: list(94, "Accept-Contact", "a", parseText, printText, "RFC 3841 9.2"),
  rejectContact: list(95, "Reject-Contact", "j", parseText, printText, "RFC 3841 9.2"),
};
