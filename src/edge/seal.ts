import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { hostPort, isFailure, LIMITS } from "../base/index.ts";
import { parseUri, type Uri } from "../sip/index.ts";

/** First character of a user part that holds a sealed URI. */
const MARK = "~";
/** Bytes of the synthetic initialisation vector: with a block of AES behind it, it also tells that we made it. */
const VECTOR = 16;

/** Hides URIs of the inside in the user part of one of ours, where only we can read them; nothing is kept for it. */
export interface Seal {
  /** The URI as a user part; undefined when it would be too long for one. */
  close(uri: string): string | undefined;
  /** What `close` hid in this URI; undefined for a user part that is none of ours. */
  open(uri: Uri): string | undefined;
}

/** A URI is sealed alike each time (SIV: the vector is a MAC over the text), so retransmissions are equal to the byte. */
export function newSeal(secret: string): Seal {
  const key = (use: string): Uint8Array => new Uint8Array(hkdfSync("sha256", secret, "", `seal ${use}`, 16));
  const [cipherKey, macKey] = [key("cipher"), key("mac")];
  const vectorOf = (text: Buffer): Buffer => createHmac("sha256", macKey).update(text).digest().subarray(0, VECTOR);
  return {
    close(uri) {
      const text = Buffer.from(uri, "latin1");
      const vector = vectorOf(text);
      const cipher = createCipheriv("aes-128-ctr", cipherKey, vector);
      const sealed = MARK + Buffer.concat([vector, cipher.update(text)]).toString("base64url");
      return sealed.length > LIMITS.uri / 2 ? undefined : sealed;
    },
    open({ user }) {
      if (!user.startsWith(MARK)) return undefined;
      const bytes = Buffer.from(user.slice(1), "base64url");
      const vector = bytes.subarray(0, VECTOR);
      if (vector.length < VECTOR) return undefined;
      const text = createDecipheriv("aes-128-ctr", cipherKey, vector).update(bytes.subarray(VECTOR));
      return timingSafeEqual(vectorOf(text), vector) ? text.toString("latin1") : undefined;
    },
  };
}

/** A Contact of the inside as the outside may see it: our address, with the user part when the backend itself is meant. */
export function hiddenUri(
  uri: Uri,
  at: string,
  backend: { readonly host: string; readonly port: number },
  seal: Seal,
): string {
  const isBackend = uri.host === backend.host && (uri.port || 5060) === backend.port;
  const user = isBackend ? uri.user : (seal.close(uri.text) ?? uri.user);
  return user === "" ? `sip:${at}` : `sip:${user}@${at}`;
}

/** The URI of the inside that `hiddenUri` made this one of: `way` leads to the backend. */
export function shownUri(
  uri: Uri,
  way: { readonly transport: string; readonly host: string; readonly port: number },
  seal: Seal,
): string {
  const opened = seal.open(uri);
  if (opened !== undefined && !isFailure(parseUri(opened))) return opened;
  const at = hostPort(way.host, way.port) + (way.transport === "udp" ? "" : `;transport=${way.transport}`);
  return uri.user === "" ? `sip:${at}` : `sip:${uri.user}@${at}`;
}
