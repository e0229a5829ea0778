import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Owner } from "../../support/owner.ts";
import { type Asterisk, startAsterisk, type Target } from "./asterisk.ts";
import { iax } from "./iax.ts";
import { freePort } from "./programs.ts";
import { say, stranger } from "./strangers.ts";

/** A phone system alone, with everything of it that strangers may reach. */
export interface Attacked {
  readonly pbx: Asterisk;
  readonly sip: number;
  readonly manager: number;
  readonly http: number;
  readonly iax: number;
  /** Its log, as a path. */
  readonly log: string;
}

export const SECRET = "k3-long-enough-and-secret";
const EXTRA = ["res_security_log", "chan_iax2", "res_http_websocket", "res_stasis"];
const ARI: Readonly<Record<Target["version"], readonly string[]>> = {
  22: ["res_websocket_client", "res_ari", "res_ari_model", "res_ari_asterisk"],
  16: ["res_ari", "res_ari_model", "res_ari_asterisk"],
};

/** Starts it. `security`: whether its log shows security events. */
export async function startAttacked(
  t: Owner,
  target: Target,
  levels = "notice,warning,error,security,verbose(3)",
): Promise<Attacked> {
  const [sip, manager, http, iaxPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const files = {
    ...(target.driver === "pjsip" ? { "pjsip.conf": pjsip(sip) } : { "sip.conf": chanSip(sip) }),
    "extensions.conf": "[none]\n[public]\nexten => 5000,1,Hangup()\n",
    "voicemail.conf": "[general]\n",
    "acl.conf": "[office]\ndeny=0.0.0.0/0\npermit=10.0.0.0/8\n",
    "logger.conf": `[general]\n[logfiles]\nfull => ${levels}\n`,
    "manager.conf": managerConf(manager),
    "http.conf": `[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = ${http}\n`,
    "ari.conf": `[general]\nenabled = yes\n[control]\ntype = user\npassword = ${SECRET}\n`,
    "iax.conf": `[general]\nbindport = ${iaxPort}\nbindaddr = 127.0.0.1\nauthdebug = yes\ncalltokenoptional = 0.0.0.0/0.0.0.0\n[fax]\nrequirecalltoken = no\ntype = friend\nhost = dynamic\nsecret = ${SECRET}\ncontext = none\nauth = md5\n`,
  };
  const pbx = await startAsterisk(t, {
    ...target,
    port: sip,
    files,
    trace: false,
    modules: [...EXTRA, ...ARI[target.version]],
  });
  return { pbx, sip, manager, http, iax: iaxPort, log: join(pbx.folder, "../log/full") };
}

function pjsip(port: number): string {
  const user = (name: string, more = ""): string =>
    `[${name}]\ntype = endpoint\ncontext = none\nauth = ${name}\naors = ${name}\ndisallow = all\nallow = alaw\n${more}
[${name}]\ntype = auth\nauth_type = userpass\nusername = ${name}\npassword = ${SECRET}\n
[${name}]\ntype = aor\nmax_contacts = 9\n`;
  return `[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:${port}\n
[tcp]\ntype = transport\nprotocol = tcp\nbind = 127.0.0.1:${port}\n
[anonymous]\ntype = endpoint\ncontext = public\ndisallow = all\nallow = alaw\n
${user("100")}\n${user("101", "acl = office\n")}\n`;
}

function chanSip(port: number): string {
  const user = (name: string, more = ""): string =>
    `[${name}]\ntype = friend\nhost = dynamic\ncontext = none\nsecret = ${SECRET}\n${more}\n`;
  return `[general]\nudpbindaddr = 127.0.0.1:${port}\ntcpenable = yes\ntcpbindaddr = 127.0.0.1:${port}\ncontext = public\nallowguest = yes\nalwaysauthreject = yes\n
${user("100")}${user("101", "acl = office\n")}`;
}

function managerConf(port: number): string {
  const user = (name: string, more = ""): string =>
    `[${name}]\nsecret = ${SECRET}\nread = all\nwrite = system\n${more}\n`;
  return `[general]\nenabled = yes\nport = ${port}\nbindaddr = 127.0.0.1\n
${user("watcher")}${user("far", "deny=0.0.0.0/0.0.0.0\npermit=10.0.0.0/255.0.0.0\n")}[deaf]\nsecret = ${SECRET}\nread = call\nwrite =\n`;
}

/** The address of each attack: what the log says of it must lead here. */
export const AT = {
  wrongPassword: "127.0.0.11",
  inventedNonce: "127.0.0.12",
  unknownUser: "127.0.0.13",
  honest: "127.0.0.14",
  challenge: "127.0.0.15",
  acl: "127.0.0.16",
  call: "127.0.0.17",
  scanner: "127.0.0.18",
  otherName: "127.0.0.19",
  nonceTaker: "127.0.0.20",
  nonceUser: "127.0.0.21",
  injector: "127.0.0.22",
  tcp: "127.0.0.23",
  badFormat: "127.0.0.24",
  callWithPassword: "127.0.0.25",
  manager: "127.0.0.31",
  managerUnknown: "127.0.0.32",
  managerAcl: "127.0.0.33",
  managerRight: "127.0.0.34",
  iax: "127.0.0.41",
  iaxUnknown: "127.0.0.42",
  iaxCall: "127.0.0.43",
  iaxRight: "127.0.0.44",
  ari: "127.0.0.51",
} as const;

/** All of it, one after the other. */
export async function attack(t: Owner, o: Attacked): Promise<void> {
  const at = (name: keyof typeof AT, transport: "UDP" | "TCP" = "UDP") => stranger(t, AT[name], o.sip, transport);
  const words = (user: string, callId: string) => ({ user, callId: `${callId}@example.org` });
  await (await at("wrongPassword")).login(words("100", "wrong"), "guess");
  const inventor = await at("inventedNonce");
  const made = inventor.answer(
    'WWW-Authenticate: Digest realm="asterisk",nonce="1700000000/abcdef0123456789"',
    words("100", "made"),
    "guess",
  );
  await inventor.ask({ ...words("100", "made"), more: made });
  await (await at("unknownUser")).ask(words("nobody", "unknown"));
  await (await at("unknownUser")).login(words("nobody2", "unknown2"), "guess");
  await (await at("honest")).login(words("100", "honest"), SECRET);
  await (await at("challenge")).ask(words("100", "challenge"));
  await (await at("acl")).login(words("101", "acl"), SECRET);
  await (await at("call")).ask({ ...words("caller", "call"), method: "INVITE" });
  await (await at("call")).ask({ ...words("caller", "call2"), method: "INVITE", target: "sip:5999@127.0.0.1" });
  await (await at("scanner")).ask({ ...words("100", "scan"), method: "OPTIONS", agent: "friendly-scanner" });
  await (await at("otherName")).login(words("100", "other"), SECRET, "999");
  await (await at("tcp", "TCP")).login(words("100", "tcp"), "guess");
  const bad = await at("badFormat");
  await bad.ask({ ...words("100", "bad"), more: "Authorization: Digest\r\n" });
  await bad.ask({ ...words("100", "bad2"), more: 'Authorization: Digest username="100"\r\n' });
  await (await at("callWithPassword")).login({ ...words("100", "calling"), method: "INVITE" }, "guess");
  await inject(t, o);
  await steal(t, o);
  await others(o);
  await setTimeout(300);
}

/** What a caller writes into his name, his number and his Call-ID. */
async function inject(t: Owner, o: Attacked): Promise<void> {
  const injector = await stranger(t, AT.injector, o.sip);
  const victim = "192.0.2.99";
  const field = `",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV4/UDP/${victim}/5060"`;
  const forged = `%0d%0a[2026-11-23 12:00:00] NOTICE[1] chan_sip.c: Registration from '<sip:a@b>' failed for '${victim}:5060' - Wrong password%0d%0a`;
  const event = `%0d%0aRemoteAddress: IPV4/UDP/${victim}/5060%0d%0a%0d%0aEvent: InvalidPassword%0d%0aService: SIP%0d%0aAccountID: 1%0d%0aSessionID: 1%0d%0aRemoteAddress: IPV4/UDP/${victim}/5060%0d%0a%0d%0a`;
  const escaped = (text: string): string =>
    text.replaceAll(/[^\w%]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  await injector.ask({ user: "inj1", callId: `a${field}` });
  await injector.ask({ user: escaped(forged), callId: "inj2" });
  await injector.ask({ user: escaped(event), callId: "inj3" });
  await injector.ask({ user: escaped(field), callId: "inj4" });
  await injector.ask({
    user: "inj5",
    callId: "inj5",
    from: `"' failed for '${victim}:1' (callid: a) - Failed to authenticate" <sip:inj5@127.0.0.1>`,
  });
  await injector.ask({ user: "inj6", callId: `inj6) - No matching endpoint found` });
  await injector.ask({
    user: "inj7",
    callId: "inj7",
    method: "INVITE",
    target: `sip:${escaped(`1' (${victim}:5060) to extension '00442079460000`)}@127.0.0.1`,
  });
  await injector.ask({ user: "inj8", callId: "inj8", method: "INVITE", target: `sip:${escaped(forged)}@127.0.0.1` });
}

/** A nonce that was given to one address, answered wrongly from another in the same conversation. */
async function steal(t: Owner, o: Attacked): Promise<void> {
  const [taker, user] = [await stranger(t, AT.nonceTaker, o.sip), await stranger(t, AT.nonceUser, o.sip)];
  const words = { user: "100", callId: "stolen@example.org" };
  const challenge = await taker.ask(words);
  await user.ask({ ...words, cseq: 2, more: user.answer(challenge, words, "guess") });
}

async function others(o: Attacked): Promise<void> {
  const login = (user: string, secret: string): string =>
    `Action: Login\r\nUsername: ${user}\r\nSecret: ${secret}\r\n\r\n`;
  await say(AT.manager, o.manager, [login("watcher", "guess")]);
  await say(AT.managerUnknown, o.manager, [login("root", "guess")]);
  await say(AT.managerAcl, o.manager, [login("far", SECRET)]);
  await say(AT.managerRight, o.manager, [login("watcher", SECRET)]);
  const basic = Buffer.from("control:guess").toString("base64");
  await say(AT.ari, o.http, [
    `GET /ari/asterisk/info HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${basic}\r\nConnection: close\r\n\r\n`,
  ]);
  await iax(AT.iax, o.iax, { user: "fax", password: "guess" });
  await iax(AT.iaxUnknown, o.iax, { user: "nobody", password: "guess" });
  await iax(AT.iaxCall, o.iax, { user: "", password: "", call: "00442079460000" });
  await iax(AT.iaxRight, o.iax, { user: "fax", password: SECRET });
}
