export { check } from "./check.ts";
export {
  type Challenge,
  type Credentials,
  parseChallenge,
  parseCredentials,
  printChallenge,
  printCredentials,
} from "./digest.ts";
export { Edit } from "./edit.ts";
export { isKeepAlive, StreamFramer } from "./framer.ts";
export type { Contact } from "./headers/core.ts";
export { H, HEADERS } from "./headers/index.ts";
export type { Header } from "./headers/row.ts";
export { Message } from "./message.ts";
export { addrParam, type NameAddr, parseNameAddr, printNameAddr } from "./nameaddr.ts";
export { paramOf } from "./params.ts";
export { isToken, quote, unquote } from "./quoted.ts";
export { reasonPhrase } from "./reasons.ts";
export { type ReplyOptions, reply } from "./reply.ts";
export { parseMessage } from "./scan.ts";
export { viaWithSource } from "./source.ts";
export { isStun, stunReply } from "./stun.ts";
export { parseUri, type Uri } from "./uri.ts";
export { sameUri, unescapeUser, uriParam } from "./uri-compare.ts";
export type { CSeq, Delta, RAck, Valued, Warning } from "./values.ts";
export { parseVia, printVia, type Via } from "./via.ts";
