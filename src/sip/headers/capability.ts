import { parseText, parseToken, parseValued, printText, printValued } from "../values.ts";
import { list, single } from "./row.ts";

/** What a side can do, and what a body is. */
export const capability = {
  require: list(74, "Require", "", parseToken, printText, "RFC 3261 20.32"),
  proxyRequire: list(75, "Proxy-Require", "", parseToken, printText, "RFC 3261 20.29"),
  supported: list(76, "Supported", "k", parseToken, printText, "RFC 3261 20.37"),
  unsupported: list(77, "Unsupported", "", parseToken, printText, "RFC 3261 20.40"),
  allow: list(78, "Allow", "", parseToken, printText, "RFC 3261 20.5"),
  accept: list(79, "Accept", "", parseValued, printValued, "RFC 3261 20.1"),
  acceptEncoding: list(80, "Accept-Encoding", "", parseValued, printValued, "RFC 3261 20.2"),
  acceptLanguage: list(81, "Accept-Language", "", parseValued, printValued, "RFC 3261 20.3"),
  contentEncoding: list(85, "Content-Encoding", "e", parseToken, printText, "RFC 3261 20.12"),
  contentLanguage: list(86, "Content-Language", "", parseToken, printText, "RFC 3261 20.13"),
  contentDisposition: single(21, "Content-Disposition", "", parseValued, printValued, "RFC 3261 20.11"),
  mimeVersion: single(20, "MIME-Version", "", parseText, printText, "RFC 3261 20.24"),
  allowEvents: list(93, "Allow-Events", "u", parseToken, printText, "RFC 6665 8.2.2"),
  recvInfo: list(104, "Recv-Info", "", parseValued, printValued, "RFC 6086 5"),
  featureCaps: list(106, "Feature-Caps", "", parseText, printText, "RFC 6809 6"),
};
