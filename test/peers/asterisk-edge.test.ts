/** `[front] register = "edge"` before real Asterisk, both configured as docs/asterisk-edge.md says. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { openPhone, type PhoneOptions, type Softphone } from "../../src/demo/index.ts";
import { DOMAIN, PASSWORD } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { type Asterisk, startAsterisk, TARGETS, type Target } from "./support/asterisk.ts";
import { startBaresip } from "./support/baresip.ts";
import { MD5, type PeerEdge, startPeerEdge } from "./support/daemon.ts";
import { cell } from "./support/matrix.ts";
import { readPage } from "./support/page.ts";
import { freePort } from "./support/programs.ts";

const PAGE = "asterisk-edge.md";
const USERS = ["alice-phone", "bob-phone"];
const ECHO = `sip:600@${DOMAIN}`;

/** chan_sip adds its port when that is not 5060. */
const FROM_OUR_DOMAIN = /^From: .*@pbx\.example\.org(:\d+)?>/m;

interface Site {
  readonly edge: PeerEdge;
  readonly pbx: Asterisk;
  /** A phone of that name; registered unless it is somebody else's. */
  phone(user: string, more?: Partial<PhoneOptions>): Promise<Softphone>;
}

/** Rempart before one Asterisk. */
async function site(t: TestContext, target: Target): Promise<Site> {
  const port = await freePort();
  const asterisk = `127.0.0.1:${port}`;
  const edge = await startPeerEdge(t, USERS, readPage(PAGE, target.driver, { rempart: "-", asterisk }).rempart + MD5);
  const { asterisk: files } = readPage(PAGE, target.driver, { rempart: edge.udp, asterisk });
  const pbx = await startAsterisk(t, { ...target, port, files });
  const phone = async (user: string, more: Partial<PhoneOptions> = {}): Promise<Softphone> => {
    const own = { name: user, user, domain: DOMAIN, password: PASSWORD, edge: edge.daemon.udp };
    const opened = await openPhone({ ...own, ...more });
    t.after(() => opened.close());
    return opened;
  };
  return { edge, pbx, phone };
}

/** Nothing is left of a call at the phone system. */
async function idle(pbx: Asterisk): Promise<void> {
  await until("Asterisk has no channel", async () => /^0 active channels/m.test(await pbx.cli("core show channels")));
}

for (const target of TARGETS) {
  const edge = (scenario: Parameters<typeof cell>[0]["scenario"], run: (t: TestContext, s: Site) => Promise<void>) =>
    cell({ mode: "edge", scenario, target }, async (t) => run(t, await site(t, target)));

  edge("register", async (_, { pbx, phone }) => {
    const alice = await phone("alice-phone");
    for (const [expires, contacts] of [
      [3600, 1],
      [60, 1],
      [0, 0],
    ]) {
      const answer = await alice.register(expires);
      assert.equal(answer.status, 200);
      assert.equal((await alice.fetch()).text.match(/^Contact: /gm)?.length ?? 0, contacts);
    }
    assert.deepEqual(pbx.received("REGISTER"), [], "registrations stay at the edge");
  });

  edge("phone", async (_, { pbx, phone }) => {
    const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone")];
    assert.equal((await bob.register()).status, 200);
    const call = alice.call(bob.aor);
    assert.equal((await call.final).status, 200);
    await bob.calls[0].confirmed;
    assert.equal((await bob.calls[0].request("BYE")).status, 200);
    assert.deepEqual(pbx.received("INVITE"), []);
  });

  edge("echo", async (t, { edge: peer, pbx }) => {
    const alice = await startBaresip(t, peer, "alice-phone", "udp");
    await alice.command("dial", ECHO);
    await alice.event("CALL_ESTABLISHED");
    await until("she hears herself", async () => {
      const { sent, received } = await alice.packets();
      return sent > 50 && received > 25;
    });
    const [invite] = pbx.received("INVITE");
    assert.match(invite, new RegExp(`^INVITE sip:600@${pbx.at} SIP/2.0\r?$`, "m"));
    assert.match(invite, new RegExp(`^From: .*<sip:alice-phone@${DOMAIN}`, "m"));
    assert.doesNotMatch(invite, /^Proxy-Authorization:/im);
    await alice.command("hangup");
    await idle(pbx);
    assert.equal(pbx.received("INVITE").length, 1, "one call, one INVITE");
    assert.equal(pbx.received("ACK").length, 1);
  });

  edge("voicemail", async (_, { pbx, phone }) => {
    const alice = await phone("alice-phone");
    const call = alice.call(`sip:*97@${DOMAIN}`);
    assert.equal((await call.final).status, 200);
    await until("it asks for her password", () => /Playing 'vm-password/.test(pbx.log()));
    assert.match(pbx.log(), /VoiceMailMain\(".*", "alice-phone@default"\)/);
    assert.equal((await call.request("BYE")).status, 200);
    await idle(pbx);
  });

  edge("from-asterisk", async (_, { pbx, phone }) => {
    const bob = await phone("bob-phone");
    assert.equal((await bob.register()).status, 200);
    await pbx.cli("channel originate Local/bob-phone@to-phones application Wait 1");
    await until("it rings", () => bob.calls.length > 0);
    await bob.calls[0].confirmed;
    await until("Asterisk hangs up", () => bob.calls[0].state === "ended");
    assert.match(bob.calls[0].invite.text, FROM_OUR_DOMAIN, "he can call back");
    await idle(pbx);
  });

  edge("strangers", async (_, { pbx, phone }) => {
    const own = await phone("alice-phone");
    const liar = await phone("alice-phone", { password: "guessed" });
    const mallory = await phone("mallory", { domain: "elsewhere.example" });
    const route = `Route: <sip:${pbx.at};lr>\r\n`;
    const tries: readonly [what: string, status: number, tried: () => Promise<{ readonly status: number }>][] = [
      ["a call without a password", 404, () => mallory.call(ECHO).final],
      ["a call with a wrong one", 407, () => liar.call(ECHO).final],
      ["a REGISTER for another's name", 401, () => liar.register()],
      ["a stranger's own Route", 404, () => mallory.call(ECHO, route).final],
      ["an own Route and no own domain", 403, () => mallory.call(`sip:600@${pbx.at}`, route).final],
      ["a user's foreign domain", 403, () => own.call("sip:600@elsewhere.example").final],
      ["MESSAGE", 404, () => mallory.request("MESSAGE", ECHO, "hello")],
      ["SUBSCRIBE", 404, () => mallory.request("SUBSCRIBE", ECHO)],
    ];
    for (const [what, status, tried] of tries) assert.equal((await tried()).status, status, what);
    // A call that may: so whatever came before it would be in the log by now, and counting works.
    const call = own.call(ECHO);
    assert.equal((await call.final).status, 200);
    assert.equal((await call.request("BYE")).status, 200);
    await until("it is in the log", () => pbx.received("BYE").length > 0);
    const counted = ["INVITE", "REGISTER", "MESSAGE", "SUBSCRIBE"].map((method) => pbx.received(method).length);
    assert.deepEqual(counted, [1, 0, 0, 0]);
  });

  edge("direct", async (_, { pbx, phone }) => {
    const [host, port] = pbx.at.split(":");
    // Another machine's address, the name and even the password of a phone.
    const straight = { edge: { host, port: Number(port) }, local: "127.0.0.9" };
    for (const name of ["alice-phone", "rempart", "600"]) {
      const { status } = await (await phone(name, straight)).call(`sip:600@${pbx.at}`).final;
      assert.ok(status >= 400 && status < 500, `${name}: ${status}`);
    }
    assert.ok(pbx.received("INVITE").length >= 3);
    assert.doesNotMatch(pbx.log(), /Executing \[/);
    const call = (await phone("alice-phone")).call(ECHO);
    assert.equal((await call.final).status, 200);
    await until("the dialplan runs for Rempart", () => /Executing \[600@from-rempart:1\]/.test(pbx.log()));
  });
}
