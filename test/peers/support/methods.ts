/** What the tests of methods have Asterisk do beyond the pages of docs/: extensions that use them, and options that allow it. */
import type { Cell } from "./matrix.ts";

type Where = Pick<Cell, "mode" | "target">;

/** Lines for `startSite`, by file. */
export function methodsFiles(where: Where, rempart: string): Readonly<Record<string, string>> {
  const context = where.mode === "edge" ? "from-rempart" : "from-phones";
  const dialplan = EXTENSIONS.replace("CONTEXT", context).replace("BOB", bobAt(where));
  const extensions = { "extensions.conf": `${dialplan}${messages(where, rempart)}` };
  if (where.target.driver === "pjsip") return { ...extensions, "pjsip.conf": pjsip(where) };
  return { ...extensions, "sip.conf": chanSip(where, rempart) };
}

/** Calls to bob insist on PRACK. Where one endpoint is all phones, those that know none could not call any more. */
function pjsip({ mode }: Where): string {
  if (mode === "edge") return `[rempart](+type=endpoint)\n${PJSIP}`;
  return `[alice-phone](+type=endpoint)\n${PJSIP}[bob-phone](+type=endpoint)\n${PJSIP}100rel = required\n`;
}

/** Alice is told of changes by UPDATE, bob by re-INVITE. Where one peer is all phones, he gets one that nobody is known by. */
function chanSip({ mode }: Where, rempart: string): string {
  const [name, his] = mode === "edge" ? ["rempart", TO_BOB] : ["alice-phone", "[bob-phone](+)\n"];
  const hers = `[${name}](+)\n${PEER}directmedia = update\n`;
  return `${CHAN_SIP}${hers}${his.replace("PORT", rempart.split(":")[1])}${PEER}directmedia = yes\n`;
}

/** What Dial calls him, in each way and for each driver. */
function bobAt({ mode, target }: Where): string {
  if (target.driver === "chan_sip") return mode === "edge" ? "SIP/to-bob/bob-phone" : "SIP/bob-phone";
  if (mode === "edge") return "PJSIP/bob-phone@rempart";
  return mode === "relay" ? `\${PJSIP_DIAL_CONTACTS(bob-phone)}` : "PJSIP/bob-phone";
}

/** Announces who is connected by UPDATE; lets phones send each other sound, by re-INVITE, when both are bridged. */
const PJSIP = `
direct_media = yes
dtmf_mode = info
send_pai = yes
trust_id_outbound = yes
connected_line_method = update
message_context = messages
`;

const CHAN_SIP = `
[general](+)
accept_outofcall_message = yes
outofcall_message_context = messages
`;

/** With `directmedia = update` chan_sip says who is connected, and where sound goes, by UPDATE; with yes by re-INVITE. */
const PEER = `
dtmfmode = info
sendrpid = pai
trustrpid = yes
`;

const TO_BOB = `
[to-bob]
type = peer
host = dynamic
defaultip = 127.0.0.1
port = PORT
fromdomain = pbx.example.org
disallow = all
allow = alaw
`;

const EXTENSIONS = `
[CONTEXT](+)
exten => 601,1,Progress()
 same => n,Wait(1)
 same => n,Answer()
 same => n,Wait(60)

exten => 602,1,Answer()
 same => n,Read(pressed,,2,,1,30)
 same => n,Verbose(1,pressed: \${pressed})
 same => n,SendDTMF(42)
 same => n,Set(CONNECTEDLINE(num)=4711)
 same => n,Wait(60)

exten => 603,1,Dial(BOB,30)
`;

/** A message to 700 comes back changed; one to a phone goes there. */
function messages({ mode, target }: Where, rempart: string): string {
  const to = (user: string): string => {
    if (target.driver === "pjsip") return mode === "edge" ? `pjsip:rempart/sip:${user}@${rempart}` : `pjsip:${user}`;
    return mode === "edge" ? `sip:${user}@rempart` : `sip:${user}`;
  };
  return `
[messages]
exten => 700,1,Set(MESSAGE(body)=back: \${MESSAGE(body)})
 same => n,MessageSend(${to("alice-phone")},sip:700@pbx.example.org)
 same => n,Verbose(1,message: \${MESSAGE_SEND_STATUS})
exten => _[a-z].,1,MessageSend(${to(`\${EXTEN}`)},\${MESSAGE(from)})
 same => n,Verbose(1,message: \${MESSAGE_SEND_STATUS})
`;
}
