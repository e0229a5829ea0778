import { parseChallenge, parseCredentials, printChallenge, printCredentials } from "../digest.ts";
import { parseNameAddr, printNameAddr } from "../nameaddr.ts";
import { parseText, parseValued, printText, printValued } from "../values.ts";
import { lines, list, single, spanList } from "./row.ts";

/** Who somebody is, and the proof. RFC 3261 7.3.1: the four digest headers are never joined by commas. */
export const security = {
  authorization: lines(70, "Authorization", "", parseCredentials, printCredentials, "RFC 3261 20.7"),
  proxyAuthorization: lines(71, "Proxy-Authorization", "", parseCredentials, printCredentials, "RFC 3261 20.28"),
  wwwAuthenticate: lines(72, "WWW-Authenticate", "", parseChallenge, printChallenge, "RFC 3261 20.44"),
  proxyAuthenticate: lines(73, "Proxy-Authenticate", "", parseChallenge, printChallenge, "RFC 3261 20.27"),
  authenticationInfo: single(36, "Authentication-Info", "", parseText, printText, "RFC 3261 20.6"),
  proxyAuthenticationInfo: single(37, "Proxy-Authentication-Info", "", parseText, printText, "RFC 7615 4"),
  pAssertedIdentity: spanList(90, "P-Asserted-Identity", "", parseNameAddr, printNameAddr, "RFC 3325 9.1"),
  pPreferredIdentity: spanList(91, "P-Preferred-Identity", "", parseNameAddr, printNameAddr, "RFC 3325 9.2"),
  pAssociatedUri: spanList(92, "P-Associated-URI", "", parseNameAddr, printNameAddr, "RFC 7315 4.1"),
  remotePartyId: spanList(110, "Remote-Party-ID", "", parseNameAddr, printNameAddr, "draft-ietf-sip-privacy-04 5"),
  privacy: single(34, "Privacy", "", parseText, printText, "RFC 3323 4.2"),
  identity: list(102, "Identity", "y", parseText, printText, "RFC 8224 4"),
  identityInfo: single(46, "Identity-Info", "n", parseText, printText, "RFC 4474 9"),
  securityClient: list(99, "Security-Client", "", parseValued, printValued, "RFC 3329 2.2"),
  securityServer: list(100, "Security-Server", "", parseValued, printValued, "RFC 3329 2.2"),
  securityVerify: list(101, "Security-Verify", "", parseValued, printValued, "RFC 3329 2.2"),
};
