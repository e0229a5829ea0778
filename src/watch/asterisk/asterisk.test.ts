import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { factLine } from "../../../corpus/logs/facts.ts";
import type { Fact } from "../../shield/index.ts";
import { AsteriskLog, Attempts, LineCutter, ManagerLog, screenOf } from "../index.ts";

/** Lines of our own in the format that Asterisk documents, each after a comment with what it must give. */
const CORPUS = join(import.meta.dirname, "../../../corpus/logs/asterisk.txt");
const BEFORE = Date.UTC(2026, 5, 1);

function factsOf(lines: readonly string[]): Fact[] {
  const facts: Fact[] = [];
  const log = new AsteriskLog((fact) => facts.push(fact));
  for (const line of lines) log.take(line, BEFORE);
  log.flush();
  return facts;
}

interface Expected {
  readonly line: string;
  readonly wanted: string;
  readonly at: number;
}

function corpus(): Expected[] {
  const lines = readFileSync(CORPUS, "latin1").split("\n");
  return lines.flatMap((line, i) =>
    line.startsWith("#= ") ? [{ wanted: line.slice(3), line: lines[i + 1], at: i + 2 }] : [],
  );
}

test("every line of the corpus gives the address, kind and account that it must, or none", () => {
  const rows = corpus();
  assert.ok(rows.length > 60, "the corpus is there");
  for (const { line, wanted, at } of rows) {
    const [fact] = factsOf([line]);
    const told = fact === undefined ? "none" : factLine(fact);
    assert.equal(told, wanted, `line ${at}: ${line}`);
  }
});

for (const pbx of ["22-pjsip", "16-pjsip", "16-chan-sip"]) {
  test(`what Asterisk ${pbx} has logged while it was attacked`, () => {
    const lines = readFileSync(join(CORPUS, `../asterisk-${pbx}.txt`), "latin1").split("\n");
    const wanted = lines.filter((line) => line.startsWith("#= ")).map((line) => line.slice(3));
    const log = lines.filter((line) => !line.startsWith("#"));
    assert.ok(wanted.length > 15 && log.length > 60);
    const facts = factsOf(log.map((line) => line.replace(/\r$/, "")));
    assert.deepEqual(facts.map(factLine), wanted);
    const addresses = new Set(facts.map((fact) => fact.address));
    assert.ok(!addresses.has("192.0.2.99"), "the address that a caller has written everywhere");
    const challenged = facts.filter((fact) => fact.address === "127.0.0.15" || fact.address === "127.0.0.18");
    assert.deepEqual(challenged, [], "a challenge alone is no failure");
    const stolen = facts.filter((fact) => fact.address === "127.0.0.21" && fact.proved);
    assert.deepEqual(stolen, [], "a nonce that was given to another address proves nothing");
  });
}

test("no line that is screened out says anything", () => {
  const files = ["", "-22-pjsip", "-16-pjsip", "-16-chan-sip"].map((name) => join(CORPUS, `../asterisk${name}.txt`));
  const lines = files.flatMap((file) => readFileSync(file, "latin1").split("\n"));
  const screen = screenOf("asterisk");
  assert.ok(screen !== undefined);
  let screened = 0;
  for (const line of lines) {
    for (const start of ["", "x\n"]) {
      if (!screen(`${start}${line}\n`, start.length)) continue;
      screened++;
      assert.equal(new AsteriskLog(() => {}).take(line, BEFORE), false, line);
    }
  }
  assert.ok(screened > 10, "some are");
  for (const honest of [
    "VERBOSE[1][C-0000000a] app_dial.c: x",
    "WARNING[1]: chan_pjsip.c: x",
    "DEBUG[1] chan_sip.c: x",
  ])
    assert.ok(screen(`[Mar  1 08:00:00] ${honest}`, 0), honest);
});

const NOTICE = (time: string, port: number, callId: string): string =>
  `[2026-05-01 ${time}] NOTICE[10] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '<sip:100@pbx>' failed for '192.0.2.7:${port}' (callid: ${callId}) - Failed to authenticate`;
const EVENT = (time: string, callId: string, more = ""): string =>
  `[2026-05-01 ${time}] SECURITY[11] res_security_log.c: SecurityEvent="ChallengeResponseFailed",EventTV="2026-05-01T10:00:00.000+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="100",SessionID="${callId}",LocalAddress="IPV4/UDP/203.0.113.1/5060",RemoteAddress="IPV4/UDP/192.0.2.7/5060",Challenge="17/ab",Response="x",ExpectedResponse=""${more}`;
const SENT = (time: string, to: string): string =>
  `[2026-05-01 ${time}] SECURITY[11] res_security_log.c: SecurityEvent="ChallengeSent",EventTV="2026-05-01T10:00:00.000+0000",Severity="Informational",Service="PJSIP",EventVersion="1",AccountID="100",SessionID="c",LocalAddress="IPV4/UDP/203.0.113.1/5060",RemoteAddress="IPV4/UDP/${to}/5060",Challenge="17/ab"`;

test("lines about one attempt are one, in either order; the same Call-ID with another attempt is another", () => {
  const both = [NOTICE("10:00:00", 5_060, "c"), EVENT("10:00:00", "c")];
  assert.equal(factsOf(both).length, 1);
  assert.equal(factsOf([...both].reverse()).length, 1);
  assert.equal(factsOf([...both, ...both, ...both]).length, 3);
  assert.equal(factsOf([NOTICE("10:00:00", 5_060, "c"), NOTICE("10:00:01", 5_060, "c")]).length, 2);
  assert.equal(factsOf([EVENT("10:00:00", "c"), EVENT("10:00:00", "d")]).length, 2);
});

test("a nonce proves an address over UDP when it was sent there, and to nobody else, a minute ago at most", () => {
  const proved = (lines: readonly string[]): boolean[] => factsOf(lines).map((f) => f.proved);
  assert.deepEqual(proved([EVENT("10:00:02", "c")]), [false], "PJSIP says so of nonces that it never gave");
  assert.deepEqual(proved([SENT("10:00:00", "192.0.2.7"), EVENT("10:00:02", "c")]), [true]);
  assert.deepEqual(proved([SENT("10:00:00", "192.0.2.8"), EVENT("10:00:02", "c")]), [false]);
  assert.deepEqual(proved([SENT("10:00:00", "192.0.2.7"), SENT("10:00:00", "192.0.2.8"), EVENT("10:00:02", "c")]), [
    false,
  ]);
  assert.deepEqual(proved([SENT("10:00:00", "192.0.2.7"), EVENT("10:02:00", "c")]), [false]);
  assert.deepEqual(proved([NOTICE("10:00:02", 5_060, "c"), SENT("10:00:00", "192.0.2.7"), EVENT("10:00:02", "c")]), [
    true,
  ]);
});

test("a challenge alone is no failure, and a stamp without a year is of the last one", () => {
  assert.deepEqual(factsOf([SENT("10:00:00", "192.0.2.7")]), []);
  const line = (stamp: string): string => `[${stamp}] NOTICE[1] manager.c: 192.0.2.1 failed to authenticate as 'admin'`;
  const [may, june] = factsOf([line("May 31 10:00:00"), line("Jun  9 10:00:00")]);
  assert.equal(may.at, Date.UTC(2026, 4, 31, 10));
  assert.equal(june.at, Date.UTC(2025, 5, 9, 10));
});

test("a caller's line breaks: what he writes is no line, his own address is named, and nobody is blinded for long", () => {
  const call = (number: string): string =>
    `[2026-05-01 10:00:00] NOTICE[10][C-00000001] chan_sip.c: Call from '' (192.0.2.7:5060) to extension '${number}' rejected because extension not found in context 'public'.`;
  const forged =
    "[2026-05-01 10:00:00] NOTICE[10] chan_sip.c: Registration from 'a' failed for '9.9.9.9' - Wrong password";
  const told = (text: string): string[] => factsOf(text.split("\n")).map((fact) => `${fact.kind} ${fact.address}`);
  assert.deepEqual(told(call(`\n${forged}\n`)), ["injection 192.0.2.7"]);
  const event = EVENT("10:00:00", "c").replace('AccountID="100', `AccountID="\n${forged}\n`);
  assert.deepEqual(told(event), []);
  const honest = EVENT("10:00:01", "d");
  assert.deepEqual(told(`${event}\n${honest}`), ["wrongPassword 192.0.2.7"]);
  const open = event.slice(0, event.indexOf("\n"));
  assert.deepEqual(told(`${open}\n${honest}\n${honest}`), ["wrongPassword 192.0.2.7"], "a whole line ends it");
  const noise = "[2026-05-01 10:00:00] NOTICE[10] chan_sip.c: nothing\n".repeat(40);
  assert.deepEqual(told(`${open}\n${noise}${honest}`), ["wrongPassword 192.0.2.7"], "so does time");
});

/** What the manager interface says of the same as `EVENT`. */
const MANAGED = (callId: string, more: Record<string, string> = {}): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      Event: "ChallengeResponseFailed",
      Service: "PJSIP",
      AccountID: "100",
      SessionID: callId,
      RemoteAddress: "IPV4/UDP/192.0.2.7/5060",
      Challenge: "17/ab",
      ...more,
    }),
  );

test("the same attempt in the log and by the manager interface is one", () => {
  const at = Date.UTC(2026, 4, 1, 10);
  const lines = { notice: NOTICE("10:00:00", 5_060, "c"), security: EVENT("10:00:00", "c") };
  for (const order of [
    ["notice", "security", "event"],
    ["event", "notice", "security"],
    ["notice", "event"],
    ["security", "event"],
    ["event"],
  ]) {
    for (const times of [1, 3]) {
      const facts: Fact[] = [];
      const attempts = new Attempts((fact) => facts.push(fact));
      const [log, manager] = [new AsteriskLog(attempts), new ManagerLog(attempts)];
      for (let n = 0; n < times; n++)
        for (const which of order)
          if (which === "event") manager.take(MANAGED("c"), at);
          else log.take(which === "notice" ? lines.notice : lines.security, BEFORE);
      log.flush();
      assert.equal(facts.length, times, `${order} ${times} times`);
      assert.equal(facts[0].kind, "wrongPassword");
    }
  }
});

const EVENTS: readonly { fields: Record<string, string>; gives: string }[] = [
  { fields: {}, gives: "wrongPassword 192.0.2.7 udp 100" },
  { fields: { Event: "InvalidPassword" }, gives: "wrongPassword 192.0.2.7 udp 100" },
  { fields: { Event: "InvalidAccountID" }, gives: "unknownUser 192.0.2.7 udp 100" },
  { fields: { Event: "FailedACL" }, gives: "wrongPassword 192.0.2.7 udp 100" },
  { fields: { Event: "FailedACL", Service: "SIP", ACLName: "no_extension_match" }, gives: "" },
  { fields: { Event: "UnexpectedAddress" }, gives: "wrongPassword 192.0.2.7 udp 100" },
  { fields: { Event: "RequestBadFormat", AccountID: "" }, gives: "malformed 192.0.2.7 udp RequestBadFormat" },
  { fields: { Event: "ChallengeSent" }, gives: "" },
  { fields: { Event: "SessionLimit" }, gives: "" },
  { fields: { Event: "InvalidTransport" }, gives: "" },
  { fields: { Event: "RequestNotAllowed" }, gives: "" },
  { fields: { Event: "AuthMethodNotAllowed" }, gives: "" },
  { fields: { Event: "LoadAverageLimit" }, gives: "" },
  { fields: { Event: "SuccessfulAuth", UsingPassword: "1" }, gives: "success 192.0.2.7 udp proved 100" },
  { fields: { Event: "SuccessfulAuth", UsingPassword: "0" }, gives: "" },
  {
    fields: { RemoteAddress: "IPV6/TLS/2001:db8:0::7/5061" },
    gives: "wrongPassword 2001:db8::7 tls proved 100",
  },
  { fields: { RemoteAddress: "IPV4/UDP/192.0.2.7" }, gives: "" },
  { fields: { RemoteAddress: "IPV4/UDP/nobody/5060" }, gives: "" },
  {
    fields: { Event: "PeerStatus", Peer: "SIP/100", PeerStatus: "Registered", Address: "192.0.2.8:5060" },
    gives: "success 192.0.2.8 udp proved 100",
  },
  {
    fields: { Event: "PeerStatus", Peer: "SIP/100", PeerStatus: "Unregistered", Address: "192.0.2.8:5060" },
    gives: "",
  },
  {
    fields: {
      Event: "ContactStatus",
      URI: "sip:100@192.0.2.9:5060;transport=tcp",
      AOR: "100",
      ContactStatus: "NonQualified",
    },
    gives: "success 192.0.2.9 tcp proved 100",
  },
  {
    fields: { Event: "ContactStatus", URI: "sip:100@phone.example", AOR: "100", ContactStatus: "Reachable" },
    gives: "",
  },
  { fields: { Event: "ContactStatus", URI: "sip:100@192.0.2.9", AOR: "100", ContactStatus: "Removed" }, gives: "" },
];

test("each event of the manager interface gives what it must, or nothing", () => {
  for (const { fields, gives } of EVENTS) {
    const facts: Fact[] = [];
    const manager = new ManagerLog((fact) => facts.push(fact));
    manager.take(MANAGED("c", fields), BEFORE);
    manager.flush();
    assert.equal(facts.map(factLine).join(), gives, JSON.stringify(fields));
  }
});

test("where no security events are logged, a NOTICE waits no longer", () => {
  const facts: Fact[] = [];
  const log = new AsteriskLog((fact) => facts.push(fact));
  const take = (line: string): number => {
    log.take(line, BEFORE);
    return facts.length;
  };
  assert.equal(take(NOTICE("10:00:00", 1, "a")), 0, "its SECURITY line may come");
  assert.equal(take(NOTICE("10:00:03", 1, "b")), 2, "none has come");
  assert.equal(take(EVENT("10:00:04", "c")), 3);
  assert.equal(take(NOTICE("10:00:04", 1, "d")), 3, "there are some after all");
});

test("property: no line throws, none takes long, and what a caller writes into a Call-ID or a name never moves the address", () => {
  const text = fc.string({
    unit: fc.constantFrom("'", '"', "\\", ",", "<", ">", "=", " ", "/", "a", "9", "(", ")", "-"),
    maxLength: 60,
  });
  const forged = fc.constantFrom(
    '",LocalAddress="IPV4/UDP/9.9.9.9/1",RemoteAddress="IPV4/UDP/9.9.9.9/1"',
    "' failed for '9.9.9.9:1' (callid: x) - Failed to authenticate",
    "",
  );
  fc.assert(
    fc.property(text, forged, text, (before, middle, after) => {
      for (const fact of factsOf([EVENT("10:00:00", before + middle + after)])) assert.equal(fact.address, "192.0.2.7");
      for (const fact of factsOf([NOTICE("10:00:00", 1, before + middle + after)]))
        assert.equal(fact.address, "192.0.2.7");
      const name = `"${(before + middle + after).replace(/[\\"]/g, "\\$&")}" <sip:a@b>`;
      const line = NOTICE("10:00:00", 1, "c").replace("<sip:100@pbx>", () => name);
      const [fact] = factsOf([line]);
      assert.equal(fact?.address, "192.0.2.7", line);
      const to = `[2026-05-01 10:00:00] NOTICE[1] chan_sip.c: Registration from '${before + middle + after}' failed for '192.0.2.7:1' - Wrong password`;
      assert.equal(factsOf([to])[0]?.address, "192.0.2.7", to);
    }),
    { numRuns: 1_000 },
  );
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (line) => void factsOf([line])));
  const long = "(".repeat(4_000);
  for (const line of [
    EVENT("1", long),
    NOTICE("10:00:00", 1, long),
    `[2026-05-01 10:00:00] NOTICE[1] chan_sip.c: Call from '${long}`,
  ]) {
    const start = process.hrtime.bigint();
    factsOf([line]);
    assert.ok(process.hrtime.bigint() - start < 50_000_000n, line.slice(0, 60));
  }
});

test("lines are cut out of pieces of any size; one that is too long is passed over", () => {
  const file = Buffer.from(`one\r\n${"x".repeat(9_000)}\ntwo\n\nthree`, "latin1");
  for (const size of [1, 5, 4_096, file.length]) {
    const lines: string[] = [];
    const cutter = new LineCutter();
    for (let at = 0; at < file.length; at += size)
      cutter.push(file.subarray(at, at + size), (line) => lines.push(line));
    cutter.end((line) => lines.push(line));
    assert.deepEqual(lines, ["one", "two", "", "three"], `pieces of ${size}`);
    assert.equal(cutter.tooLong, 1);
  }
});
