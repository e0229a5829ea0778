/** Who may call what, on the whole daemon: strangers, classes of numbers, PINs, addresses, REFER, redirections. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openPhone, type Softphone } from "../src/demo/index.ts";
import { H } from "../src/sip/index.ts";
import { DOMAIN, type Edge, listener, PASSWORD, scratch, startEdge } from "./support/edge.ts";

const ABROAD = "00447900123456";
const at = (number: string): string => `sip:${number}@${DOMAIN}`;

interface Scene {
  readonly edge: Edge;
  readonly pbx: Softphone;
  readonly anna: Softphone;
}

/** An edge with the French plan, a phone system behind it, and Anna, who is registered. */
async function scene(
  t: TestContext,
  dial = 'preset = "fr"',
  folder = scratch(t),
  users = ["anna", "bert"],
): Promise<Scene> {
  const towards = { host: "127.0.0.1", port: 9 };
  const pbx = await openPhone({ name: "pbx", user: "pbx", domain: DOMAIN, password: "", edge: towards, t1: 100 });
  t.after(() => pbx.close());
  const backend = `[[backend]]\nname = "pbx"\nuri = "sip:${pbx.wire.sentBy}"\n[front]\nregister = "edge"\n`;
  const edge = await startEdge(
    t,
    {
      users,
      dial,
      listen: listener("udp", "127.0.0.1:0") + listener("tcp", "127.0.0.1:0") + backend,
    },
    folder,
  );
  towards.port = edge.inside.port;
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200);
  return { edge, pbx, anna };
}

/** The status of Anna's call; it is hung up when it was answered. */
async function dial(phone: Softphone, uri: string): Promise<number> {
  const call = phone.call(uri);
  const { status } = await call.final;
  if (status === 200) await call.request("BYE");
  return status;
}

/** Changes rights, and waits until the signalling thread knows. */
async function grant(edge: Edge, rights: object): Promise<void> {
  await edge.command("account.set", { user: "anna", ...rights });
  await edge.command("status");
}

async function counters(edge: Edge): Promise<Record<string, number>> {
  return ((await edge.command("status")) as { counters: Record<string, number> }).counters;
}

test("by default a stranger reaches nobody, and learns not even who exists", async (t) => {
  const { edge, pbx } = await scene(t);
  const mallory = await edge.phone("mallory", { domain: "elsewhere.example" });
  for (const user of ["anna", "bert", "nobody", "0612345678", "112"]) {
    assert.equal(await dial(mallory, at(user)), 403, user);
  }
  assert.equal(await dial(mallory, "sip:x@elsewhere.example"), 403);
  assert.equal(pbx.calls.length, 0);
});

test("allow_anonymous: a stranger calls own users, and neither numbers nor others", async (t) => {
  const { edge, pbx, anna } = await scene(t, 'preset = "fr"\nallow_anonymous = true');
  const mallory = await edge.phone("mallory", { domain: "elsewhere.example" });
  assert.equal(await dial(mallory, anna.aor), 200);
  assert.equal(await dial(mallory, at("0612345678")), 404);
  assert.equal(await dial(mallory, at("112")), 404);
  assert.equal(await dial(mallory, "sip:x@elsewhere.example"), 403);
  assert.equal(pbx.calls.length, 0);
});

test("numbers go by class: what everybody may, what is granted to one, and what a change takes back at once", async (t) => {
  const { edge, pbx, anna } = await scene(t);
  for (const number of ["0142278186", "0612345678", "201", "112"])
    assert.equal(await dial(anna, at(number)), 200, number);
  for (const number of [ABROAD, "+447900123456", "0899123456", "0-0447900123456", "%30%30447900123456"]) {
    assert.equal(await dial(anna, at(number)), 403, number);
  }
  assert.equal(pbx.calls.length, 4, "the phone system heard of nothing else");
  await grant(edge, { classes: ["international"] });
  assert.equal(await dial(anna, at(ABROAD)), 200);
  assert.equal(await dial(anna, at("0612345678")), 403);
  assert.equal(await dial(anna, at("112")), 200);
  await grant(edge, { classes: null });
  assert.equal(await dial(anna, at(ABROAD)), 403);
});

test("rights hold after a restart, and go with their account", async (t) => {
  const folder = scratch(t);
  const before = await scene(t, 'preset = "fr"', folder);
  await grant(before.edge, { classes: [] });
  assert.equal(await dial(before.anna, at("0612345678")), 403);
  await before.edge.stop();
  const { edge, anna } = await scene(t, 'preset = "fr"', folder, []);
  assert.equal(await dial(anna, at("0612345678")), 403);
  const listed = (await edge.command("account.list")) as { user: string; rights?: object }[];
  assert.deepEqual(
    listed.map((a) => [a.user, a.rights]),
    [
      ["anna", { classes: [], acl: [], pin: false }],
      ["bert", undefined],
    ],
  );
  await edge.command("account.remove", { user: "anna" });
  await edge.command("account.add", { user: "anna", password: PASSWORD, allowWeak: true });
  await edge.command("status");
  assert.equal(await dial(anna, at("0612345678")), 200, "the name starts anew");
});

test("abroad by PIN alone, which goes no further than here; wrong ones are counted and then none is taken", async (t) => {
  const { edge, pbx, anna } = await scene(t);
  await grant(edge, { pin: "2580", classes: ["international", "mobile"] });
  assert.equal(await dial(anna, at(ABROAD)), 403);
  assert.equal(await dial(anna, at("0612345678")), 200);
  assert.equal(await dial(anna, at(`*2580*${ABROAD}`)), 200);
  assert.equal(pbx.calls[1].invite.uri, `sip:${ABROAD}@${pbx.wire.sentBy}`);
  assert.ok(!pbx.calls[1].invite.has(H.proxyAuthorization), "nor in the credentials");
  for (let i = 0; i < 5; i++) assert.equal(await dial(anna, at(`*000${i}*${ABROAD}`)), 403);
  assert.equal(await dial(anna, at(`*2580*${ABROAD}`)), 403, "locked");
  assert.equal(pbx.calls.length, 2);
  assert.equal((await counters(edge)).wrongPin, 6);
});

test("permit and deny: from a denied address a right password is a wrong one, for REGISTER and INVITE alike", async (t) => {
  const { edge, anna } = await scene(t);
  await grant(edge, { acl: ["-all", "+192.0.2.0/24"] });
  const liar = await edge.phone("anna", { password: "guessed" });
  const mine = [await anna.register(), await anna.call(at("bert")).final];
  const theirs = [await liar.register(), await liar.call(at("bert")).final];
  assert.deepEqual(
    mine.map((m) => m.status),
    [401, 407],
  );
  const masked = (text: string): string =>
    text
      .replace(/nonce="[^"]+"|;branch=[^;\r]+|;tag=[^;\r]+|;rport=\d+|127\.0\.0\.1:\d+|Call-ID: [^\r]+|CSeq: \d+/g, "")
      .replaceAll("liar", "anna");
  assert.deepEqual(
    mine.map((m) => masked(m.text)),
    theirs.map((m) => masked(m.text)),
  );
  assert.ok((await counters(edge)).deniedAddress >= 2);
  await grant(edge, { acl: ["-all", "+127.0.0.0/8"] });
  assert.equal((await anna.register()).status, 200);
});

test("own users reach no other domain, and with allow_foreign_domains none in a private network", async (t) => {
  for (const dialling of ["", "allow_foreign_domains = true"]) {
    const { edge, pbx, anna } = await scene(t, dialling);
    const hosts = ["127.0.0.2:5060", "10.0.0.1", "192.168.1.1", "elsewhere", pbx.wire.sentBy, "127.0.0.1:9"];
    for (const host of hosts) assert.equal(await dial(anna, `sip:x@${host}`), 403, host);
    assert.equal(pbx.calls.length, 0);
    await edge.stop();
  }
});

/** Anna is in a call with a number, and asks the phone system to call another one. */
const REFERRED: readonly (readonly [name: string, referTo: string, status: number])[] = [
  ["a number at home", "<sip:0612345678@pbx.example.org>", 200],
  ["a number abroad", `<sip:${ABROAD}@pbx.example.org>`, 403],
  ["a number abroad as tel:", "<tel:+447900123456>", 403],
  ["a number abroad at the phone system's address", `<sip:${ABROAD}@PBX>`, 403],
  ["a number abroad at any host: the phone system goes by the user part", `<sip:${ABROAD}@192.0.2.77>`, 403],
  ["a number abroad with Replaces", `<sip:${ABROAD}@192.0.2.77?Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3>`, 403],
  ["an own user", "<sip:bert@pbx.example.org>", 200],
  ["an own user at another host", "<sip:bert@192.168.1.7:5060?Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3>", 200],
  ["nothing that can be read", "<sip:@>", 400],
];
test("REFER to an outside number asks for the referrer's right to it", async (t) => {
  const { pbx, anna } = await scene(t);
  const call = anna.call(at("201"));
  assert.equal((await call.final).status, 200);
  await pbx.calls[0].confirmed;
  for (const [name, referTo, status] of REFERRED) {
    const line = `Refer-To: ${referTo.replace("PBX", pbx.wire.sentBy)}\r\n`;
    const before = pbx.wire.received.filter((m) => m.isRequest && m.method === "REFER").length;
    const answer = await call.request("REFER", line);
    const heard = pbx.wire.received.filter((m) => m.isRequest && m.method === "REFER").length > before;
    assert.equal(heard, status === 200, `${name}: ${answer.status}`);
    assert.equal(answer.status, status, name);
  }
  assert.equal((await call.request("BYE")).status, 200, "the call stands");
});

test("REFER outside of a call is judged by its Refer-To too", async (t) => {
  const { edge, anna } = await scene(t);
  const bert = await edge.phone("bert");
  await bert.register();
  const refer = (to: string) =>
    anna.request("REFER", bert.aor, "", `Refer-To: <${to}>\r\nContact: <${anna.contact}>\r\n`);
  assert.equal((await refer(at(ABROAD))).status, 403);
  assert.equal((await refer("sip:x@elsewhere.example")).status, 403);
  assert.ok(!bert.wire.received.some((m) => m.method === "REFER"));
  await refer(at("0612345678"));
  assert.ok(bert.wire.received.some((m) => m.method === "REFER"));
});

test("a redirection is not followed here: it goes to the caller, who is judged when he calls there himself", async (t) => {
  const { edge, pbx, anna } = await scene(t);
  const bert = await edge.phone("bert", { policy: 302 });
  await bert.register();
  const call = anna.call(bert.aor);
  assert.equal((await call.final).status, 302);
  assert.equal(await dial(anna, at(ABROAD)), 403, "where it leads him he may not call");
  assert.equal(pbx.calls.length, 0);
});
