import { H, type Message, reply } from "../sip/index.ts";
import { ANNA, DOMAIN, newScene, PBX, requestText, type Scene, type SceneOptions, values } from "./host.fixture.ts";

export const OWN_CONTACT = "sip:anna@192.168.1.5:5062";

export const scene = (more: Partial<SceneOptions> = {}): Scene =>
  newScene({ register: "relay", backends: [["pbx", PBX]], ...more });

let cseq = 0;

export interface Registering {
  readonly user?: string;
  readonly at?: string;
  readonly contact?: string;
  readonly lines?: readonly string[];
}

/** A phone's REGISTER, as the PBX gets it. */
export function registers(s: Scene, { user = "anna", at = ANNA, contact = OWN_CONTACT, lines = [] }: Registering = {}) {
  const aor = `<sip:${user}@${DOMAIN}>`;
  const text = requestText({
    method: "REGISTER",
    uri: `sip:${DOMAIN}`,
    at,
    from: `${aor};tag=r`,
    to: aor,
    callId: `registration-of-${user}`,
    cseq: ++cseq,
    lines: ["Expires: 600", ...lines],
  });
  s.heard(at);
  s.receive(at, text.replace(/^Contact: .*$/m, `Contact: <${contact}>`));
  return s.heard(PBX)[0];
}

/** The PBX accepts it: it lists what it was given. */
export function accept(s: Scene, register: Message, expires = 300, more = ""): void {
  const contacts = values(register, H.contact).map((c) => `Contact: ${c};expires=${expires}\r\n`);
  s.receive(PBX, reply(register, 200, { toTag: "p", headers: contacts.join("") + more }));
}

export function registered(s: Scene, o: Registering = {}): string {
  const register = registers(s, o);
  accept(s, register);
  s.heard(o.at ?? ANNA);
  return register.requestUri() === undefined ? "" : uriIn(values(register, H.contact)[0]);
}

export const uriIn = (value: string): string => value.slice(value.indexOf("<") + 1, value.indexOf(">"));

export function digest(user: string, nonce = "1"): string {
  return `Authorization: Digest username="${user}", realm="x", nonce="${nonce}", uri="sip:${DOMAIN}", response="${"0".repeat(32)}"`;
}
