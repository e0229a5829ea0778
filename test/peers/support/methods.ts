/** What the tests of methods have Asterisk do beyond the pages of docs/: extensions that use them, and options that allow it. */
import type { Cell } from "./matrix.ts";

type Where = Pick<Cell, "mode" | "target">;

/** Lines for `startSite`, by file. */
export function methodsFiles({ mode, target }: Where, rempart: string): Readonly<Record<string, string>> {
  const { driver } = target;
  const context = mode === "edge" ? "from-rempart" : "from-phones";
  const names = mode === "edge" ? ["rempart"] : ["alice-phone", "bob-phone"];
  const dialplan = {
    "extensions.conf": `${EXTENSIONS.replace("CONTEXT", context).replace("BOB", bobAt({ mode, target }))}${messages({ mode, target }, rempart)}`,
  };
  if (driver === "pjsip")
    return { ...dialplan, "pjsip.conf": names.map((name) => `[${name}](+type=endpoint)\n${PJSIP}`).join("\n") };
  const [alice, bob] = [`[${names[0]}](+)\n${PEER}directmedia = update\n`, `${PEER}directmedia = yes\n`];
  const place = `type = peer\nhost = dynamic\ndefaultip = 127.0.0.1\nport = ${rempart.split(":")[1]}\n`;
  // One peer stands for all phones: this other one, which nobody is known by, for bob.
  const his =
    mode === "edge"
      ? `[to-bob]\n${place}fromdomain = pbx.example.org\ndisallow = all\nallow = alaw\n${bob}`
      : `[bob-phone](+)\n${bob}`;
  return { ...dialplan, "sip.conf": `${CHAN_SIP}${alice}${his}` };
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

/** With directmedia = update chan_sip says who is connected, and where sound goes, by UPDATE; with yes by re-INVITE. */
const PEER = `
dtmfmode = info
sendrpid = pai
trustrpid = yes
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
