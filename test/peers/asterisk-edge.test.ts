/** `[front] register = "edge"` before real Asterisk, both configured as docs/asterisk-edge.md says. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DOMAIN } from "../support/edge.ts";
import { until } from "../support/until.ts";
import { type Asterisk, TARGETS } from "./support/asterisk.ts";
import { startBaresip } from "./support/baresip.ts";
import { callVoicemail, dial, ECHO, FROM_OUR_DOMAIN, idle, killUnderCalls, transferToEcho } from "./support/calls.ts";
import { type Cell, cell } from "./support/matrix.ts";
import { type Site, startSite } from "./support/site.ts";

const PAGE = { page: "asterisk-edge.md", users: ["alice-phone", "bob-phone"] };

for (const target of TARGETS) {
  const edge = (
    scenario: Cell["scenario"],
    run: (s: Site & { readonly pbx: Asterisk }, t: TestContext) => Promise<void>,
  ) =>
    cell({ mode: "edge", scenario, target }, async (t) => {
      const site = await startSite(t, { ...PAGE, target });
      await run({ ...site, pbx: site.pbxs[0] }, t);
    });

  edge("register", async ({ pbx, phone }) => {
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

  edge("phone", async ({ pbx, phone }) => {
    const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone")];
    assert.equal((await bob.register()).status, 200);
    const call = alice.call(bob.aor);
    assert.equal((await call.final).status, 200);
    await bob.calls[0].confirmed;
    assert.equal((await bob.calls[0].request("BYE")).status, 200);
    assert.deepEqual(pbx.received("INVITE"), []);
  });

  edge("echo", async ({ edge: peer, pbx }, t) => {
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

  edge("voicemail", async ({ pbx, phone }) => {
    await callVoicemail(await phone("alice-phone"), pbx);
    await idle(pbx);
  });

  edge("from-asterisk", async ({ pbx, phone }) => {
    const bob = await phone("bob-phone");
    assert.equal((await bob.register()).status, 200);
    await pbx.cli("channel originate Local/bob-phone@to-phones application Wait 1");
    await until("it rings", () => bob.calls.length > 0);
    await bob.calls[0].confirmed;
    await until("Asterisk hangs up", () => bob.calls[0].state === "ended");
    assert.match(bob.calls[0].invite.text, FROM_OUR_DOMAIN, "he can call back");
    await idle(pbx);
  });

  edge("transfer", async ({ pbx, phone }) => {
    const bob = await phone("bob-phone");
    assert.equal((await bob.register()).status, 200);
    await pbx.cli(dial("bob-phone"));
    await until("bob talks", () => bob.calls[0]?.state === "confirmed");
    await transferToEcho(bob);
    const channels = await pbx.cli("core show channels concise");
    assert.match(channels, /^Local\/.*!from-rempart!600!/m, "the one who called him is with the echo");
    assert.doesNotMatch(channels, /^(PJSIP|SIP)\/rempart/m, "and he with nobody");
  });

  edge("restart", async ({ pbx, phone, restart }) => {
    const [alice, bob] = [await phone("alice-phone"), await phone("bob-phone")];
    assert.equal((await bob.register()).status, 200);
    const call = alice.call(ECHO);
    assert.equal((await call.final).status, 200);
    await pbx.cli(dial("bob-phone"));
    await until("bob talks", () => bob.calls[0]?.state === "confirmed");
    // What a crash may lose: registrations of the last moment (docs/decisions/005).
    await sleep(1_000);
    await restart();
    assert.equal((await call.request("BYE")).status, 200, "the phone hangs up");
    await pbx.cli("channel request hangup all");
    await until("Asterisk hangs up", () => bob.calls[0].state === "ended");
    await idle(pbx);
    await pbx.cli("channel originate Local/bob-phone@to-phones application Wait 1");
    await until("he is still registered", () => bob.calls.length === 2);
  });

  edge("strangers", async ({ pbx, phone }) => {
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

  edge("direct", async ({ pbx, phone }) => {
    const [host, port] = pbx.at.split(":");
    // Another machine's address, the name and even the password of a phone.
    const straight = { edge: { host, port: Number(port) }, local: "127.0.0.9" };
    for (const name of ["alice-phone", "rempart", "600"]) {
      const { status } = await (await phone(name, straight)).call(`sip:600@${pbx.at}`).final;
      assert.ok(status >= 400 && status < 500, `${name}: ${status}`);
    }
    await until("they are in the log", () => pbx.received("INVITE").length >= 3);
    assert.doesNotMatch(pbx.log(), /Executing \[/);
    const call = (await phone("alice-phone")).call(ECHO);
    assert.equal((await call.final).status, 200);
    await until("the dialplan runs for Rempart", () => /Executing \[600@from-rempart:1\]/.test(pbx.log()));
  });

  cell({ mode: "edge", scenario: "failover", target }, async (t) => {
    const { edge: peer, pbxs, phone } = await startSite(t, { ...PAGE, target, count: 2, trace: false });
    const alice = await phone("alice-phone");
    const { calls, killed, noticed } = await killUnderCalls({ edge: peer }, alice, pbxs[0], "asterisk-1");
    assert.ok(calls.length > 200, `${calls.length} calls in 6 s`);
    assert.ok(calls.some((c) => c.at < killed && c.delay < 500));
    assert.ok(
      calls.some((c) => c.at > killed && c.at < noticed && c.delay > 1_500),
      "some met the dead one",
    );
    assert.ok(Math.max(...calls.map((c) => c.delay)) < 3_000, "post-dial delay");
  });
}
