import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { H, type Message } from "../sip/index.ts";
import { findTarget, type Probed, type ProbeOptions, probe } from "./index.ts";
import { type Say, startWrong } from "./server.fixture.ts";
import { read } from "./session.ts";

const ME = { user: "1001", password: "1001", domain: "" };

async function run(t: TestContext, port: number, more: Partial<ProbeOptions> = {}): Promise<Probed> {
  const target = await findTarget(`sip:127.0.0.1:${port}`, "udp");
  assert.ok(!isTrouble(target));
  return probe({
    target,
    only: [],
    accounts: [],
    number: "",
    rtp: undefined,
    packets: 2_000,
    // Loopback takes more than a run would send; that the rate holds has a test of its own.
    rate: 2_000,
    patience: 250,
    services: { manager: [], http: [], https: [] },
    signal: t.signal,
    log: () => {},
    weak: (password, user) => (password === user ? "it is the name" : undefined),
    ...more,
  });
}

const ids = (p: Probed): string[] => [...new Set(p.findings.found.map((f) => f.rule))];
const user = (m: Message): string => read(m, H.from)?.uri.user ?? "";
const DIGEST = 'WWW-Authenticate: Digest realm="x", nonce="';
const isIn = (m: Message): boolean => m.has(H.authorization);

/** Each wrong alone: what the server does, and the rule that has to see it; on a right server none of them does. */
const WRONGS: readonly (readonly [rule: string, more: Partial<ProbeOptions>, say: (m: Message) => Say | Say[]])[] = [
  [
    "guest-calls",
    { number: "600" },
    (m) =>
      m.method === "INVITE" && m.uri.startsWith("sip:600@") ? [{ status: 180 }, { status: 487, delay: 5 }] : right(m),
  ],
  [
    "prefix-calls",
    { number: "600" },
    (m) => (m.method === "INVITE" && m.uri.startsWith("sip:9600@") ? { status: 200 } : right(m)),
  ],
  ["open-registrar", {}, (m) => (m.method === "REGISTER" ? { status: 200 } : right(m))],
  ["unauthenticated-methods", {}, (m) => (m.method === "REFER" ? { status: 202 } : right(m))],
  ["user-enumeration", {}, (m) => (m.method === "REGISTER" && user(m) === "1001" ? { status: 404 } : right(m))],
  [
    "user-enumeration",
    {},
    (m) =>
      m.method === "INVITE" && user(m) === "100"
        ? { ...right(m), headers: `${right(m).headers ?? ""}X: 1\r\n` }
        : right(m),
  ],
  [
    "user-enumeration-timing",
    { accounts: [{ ...ME, password: "long and random" }] },
    (m) => (user(m) === "1001" ? { ...right(m), delay: 6 } : right(m)),
  ],
  ["open-relay", {}, (m) => (m.method === "MESSAGE" ? { ...right(m), relay: placeIn(m.uri) } : right(m))],
  [
    "digest-nonce-static",
    {},
    (m) => (m.method === "REGISTER" ? { status: 401, headers: `${DIGEST}same", qop="auth"\r\n` } : right(m)),
  ],
  ["digest-no-qop", {}, (m) => (m.method === "REGISTER" ? { status: 401, headers: `${DIGEST}${n++}"\r\n` } : right(m))],
  ["digest-nonce-unchecked", { accounts: [ME] }, (m) => (isIn(m) ? { status: 200 } : right(m))],
  ["weak-secret", { accounts: [ME] }, (m) => (isIn(m) ? { status: 200 } : right(m))],
  ["weak-secret", { accounts: [{ ...ME, password: "" }] }, (m) => (isIn(m) ? { status: 200 } : right(m))],
  ["topology-leak", {}, (m) => ({ ...right(m), headers: `${right(m).headers ?? ""}Warning: 399 10.1.2.3 "no"\r\n` })],
  ["banner", {}, (m) => ({ ...right(m), headers: `${right(m).headers ?? ""}Server: PBX 1.2.3\r\n` })],
];

let n = 0;

function placeIn(uri: string): { host: string; port: number } {
  const [, host = "127.0.0.1", port = "9"] = /@([\d.]+):(\d+)/.exec(uri) ?? [];
  return { host, port: Number(port) };
}

/** A server that does nothing wrong: it challenges everybody and everything, each time anew, and takes nobody. */
function right(m: Message): Say {
  if (m.method === "OPTIONS") return { status: 200 };
  if (m.method === "CANCEL" || m.method === "BYE") return { status: 200 };
  return { status: 401, headers: `${DIGEST}${n++}", algorithm=SHA-256, qop="auth"\r\n` };
}

for (const [rule, more, say] of WRONGS) {
  test(`${rule}: seen where it is (${Object.keys(more).join()})`, { timeout: 20_000 }, async (t) => {
    const server = await startWrong(t, say);
    const result = await run(t, server.port, { ...more, only: [rule] });
    assert.deepEqual(ids(result), [rule], result.findings.missing.join("\n"));
    for (const f of result.findings.found) {
      assert.ok(f.proof.length > 0);
      assert.match(f.proof.at(-1) ?? "", new RegExp(`--only ${rule}`));
      assert.doesNotMatch(f.proof.join("\n"), /response="[0-9a-f]/, "credentials are cut");
    }
  });
}

test("a server that does nothing wrong: notes alone, whatever is looked for", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, right);
  const only = [...new Set(WRONGS.map(([rule]) => rule))];
  const result = await run(t, server.port, { number: "600", accounts: [ME], only });
  assert.deepEqual(ids(result), []);
});

test("answers that come late by chance are no timing of names", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, (m) => ({ ...right(m), delay: m.method === "REGISTER" ? (n * 7919) % 6 : 0 }));
  const result = await run(t, server.port, { accounts: [{ ...ME, password: "x" }], only: ["user-enumeration-timing"] });
  assert.deepEqual(ids(result), []);
});

test("a call that rings is cancelled at once; one that is answered gets ACK and BYE and no sound", {
  timeout: 20_000,
}, async (t) => {
  for (const [status, ends] of [
    [180, "CANCEL"],
    [200, "BYE"],
  ] as const) {
    const server = await startWrong(t, (m) =>
      m.method === "INVITE" ? [{ status }, ...(status === 180 ? [{ status: 487, delay: 20 }] : [])] : right(m),
    );
    await run(t, server.port, { number: "600", only: ["guest-calls"] });
    const invites = server.heard.filter((h) => h.text.startsWith("INVITE sip:600@"));
    const end = server.heard.find((h) => h.text.startsWith(`${ends} `));
    assert.ok(end !== undefined && invites.length === 1, `${status}`);
    assert.ok(end.at - invites[0].at < 100, "at once");
    assert.ok(invites.every((h) => h.text.includes("a=inactive")));
    assert.ok(server.heard.some((h) => h.text.startsWith("ACK sip:600@")));
  }
});

test("the budget is never passed, and what was found until then stays", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, (m) => ({ ...right(m), headers: "Server: PBX 1.2.3\r\n" }));
  const result = await run(t, server.port, { packets: 12 });
  assert.ok(result.sent <= 12 && server.heard.length <= 12, `${result.sent}`);
  assert.ok(ids(result).includes("banner"));
  assert.match(result.findings.missing.join("\n"), /budget of 12 packets/);
});

test("the rate holds: never more than it in any second", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, right);
  await run(t, server.port, { rate: 100, only: ["scanner-not-blocked"], packets: 60 });
  const times = server.heard.map((h) => h.at);
  // A busy machine may bunch what it reads; what was sent in 300 ms is 30 packets, and one at the edge.
  for (const at of times) assert.ok(times.filter((each) => each >= at && each < at + 300).length <= 34);
  assert.ok(times.length >= 59, `${times.length}`);
});

test("a host that never answers: a sentence, and everything is missing", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, () => undefined);
  const result = await run(t, server.port);
  assert.equal(result.isHeard, false);
  assert.deepEqual(result.findings.found, []);
  assert.match(result.findings.missing.join("\n"), /nothing answered OPTIONS at udp 127\.0\.0\.1:\d+/);
  const result2 = await run(t, 9, {});
  assert.equal(result2.isHeard, false, "a closed port");
});

test("an interrupted run gives what it has", { timeout: 20_000 }, async (t) => {
  const stop = new AbortController();
  const server = await startWrong(t, (m) => {
    if (m.method === "REGISTER") stop.abort();
    return right(m);
  });
  const result = await run(t, server.port, { signal: stop.signal });
  assert.ok(ids(result).includes("reachable"));
  assert.match(result.findings.missing.at(-1) ?? "", /interrupted/);
});

test("a target that falls silent in the middle has shut us out", { timeout: 20_000 }, async (t) => {
  let count = 0;
  const server = await startWrong(t, (m) => (++count > 8 ? [] : right(m)));
  const result = await run(t, server.port, {
    only: ["unauthenticated-methods", "open-relay", "user-enumeration", "shut-out"],
  });
  assert.ok(ids(result).includes("shut-out"));
});

/** What a target may send instead of answers. */
const GARBAGE = [
  "",
  "\0\0\0\0",
  "SIP/2.0 200 OK",
  "SIP/2.0 abc OK\r\n\r\n",
  "SIP/2.0 999999 X\r\nCSeq: x\r\n\r\n",
  `SIP/2.0 200 OK\r\n${"Via: SIP/2.0/UDP a\r\n".repeat(300)}\r\n`,
  `SIP/2.0 401 \r\nWWW-Authenticate: Digest ${'"'.repeat(500)}\r\n\r\n`,
  "HTTP/1.1 400 Bad Request\r\n\r\n",
  "\x1b[2J\x1b]0;owned\x07",
];

test("whatever it says instead of answers, nothing is thrown and nothing of it reaches a terminal", {
  timeout: 20_000,
}, async (t) => {
  let turn = 0;
  const server = await startWrong(t, () => {
    const broken = GARBAGE[turn++ % GARBAGE.length];
    const evil = `Server: \x1b[31mPBX 1.2\x07\r\nContact: ;;;\r\nWWW-Authenticate: Digest nonce\r\nRecord-Route: <\r\n`;
    return [
      { text: broken },
      {
        status: [200, 401, 183, 999, 407, 302][turn % 6],
        headers: evil,
        body: "c=IN IP4 x\r\nm=audio 99999999 RTP\r\n",
      },
    ];
  });
  const result = await run(t, server.port, {
    number: "600",
    accounts: [ME],
    patience: 25,
    packets: 120,
    only: WRONGS.map(([rule]) => rule),
  });
  assert.doesNotMatch(result.findings.missing.join("\n"), /fault of our own/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  assert.doesNotMatch(JSON.stringify(result.findings), /\\u001b|[\x00-\x08\x1b]/);
});

test("manager-exposed: only what greets as Asterisk's manager does", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, right);
  for (const [greeting, found] of [
    ["Asterisk Call Manager/9.0.0\r\n", true],
    ["220 mail.example.org ESMTP\r\n", false],
  ] as const) {
    const tcp = createServer((socket) => void socket.on("error", () => {}).end(greeting)).listen(0, "127.0.0.1");
    await once(tcp, "listening");
    t.after(() => tcp.close());
    const { port } = tcp.address() as { port: number };
    const services = { manager: [port], http: [], https: [] };
    const result = await run(t, server.port, { only: ["manager-exposed"], services });
    assert.equal(ids(result).includes("manager-exposed"), found);
  }
});

test("amplification: counted with every repetition, and judged by the worst", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, (m) =>
    m.method === "INVITE" ? Array.from({ length: 30 }, () => right(m)) : right(m),
  );
  const result = await run(t, server.port, { only: ["amplification"] });
  const [finding] = result.findings.found;
  assert.equal(finding.severity, "low");
  assert.match(finding.proof.join("\n"), /INVITE: \d+ bytes sent, \d+ came back \(1\d\.\d times\)/);
});

test("malformed-silence: told when it answers nobody any more, and not when it shut us out", {
  timeout: 20_000,
}, async (t) => {
  for (const isGuard of [false, true]) {
    let broken = false;
    const us = /^Via: SIP\/2\.0\/UDP 127\.0\.0\.1:/im;
    const server = await startWrong(t, (m, text) => {
      broken ||= text.includes("Content-Length: -999");
      return broken && (!isGuard || us.test(text)) ? [] : right(m);
    });
    const result = await run(t, server.port, { only: ["malformed-silence"] });
    assert.deepEqual(ids(result), isGuard ? [] : ["malformed-silence"]);
    if (isGuard) assert.match(result.findings.missing.join("\n"), /it shut us out after ncl, and answers others/);
    else assert.match(result.findings.found[0].says, /ncl \(RFC 4475 3\.1\.2\.3\)/);
  }
});

test("rtp-bleed: what comes back from a port of a range, and from none", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, right);
  const media = createSocket("udp4");
  media.bind(0, "127.0.0.1");
  await once(media, "listening");
  t.after(() => media.close());
  const { port } = media.address();
  const rtp = { from: port, to: port };
  const quiet = await run(t, server.port, { only: ["rtp-bleed"], rtp });
  assert.deepEqual(ids(quiet), []);
  media.on("message", (bytes, from) => media.send(Buffer.concat([bytes, Buffer.alloc(160)]), from.port, from.address));
  const result = await run(t, server.port, { only: ["rtp-bleed"], rtp });
  assert.deepEqual(ids(result), ["rtp-bleed"]);
  assert.match(result.findings.found[0].says, new RegExp(`127\\.0\\.0\\.1:${port}`));
});

test("a call that is under way when the run is interrupted is still given up", { timeout: 20_000 }, async (t) => {
  for (const status of [180, 200]) {
    const stop = new AbortController();
    const server = await startWrong(t, (m) => {
      if (m.method === "INVITE") stop.abort();
      return m.method === "INVITE" ? { status, delay: 50 } : right(m);
    });
    await run(t, server.port, { number: "600", only: ["guest-calls"], signal: stop.signal });
    const ends = status === 180 ? "CANCEL " : "BYE ";
    assert.ok(
      server.heard.some((h) => h.text.startsWith(ends)),
      ends,
    );
  }
});

test("two servers that take turns, two requests each, and differ are no list of names", {
  timeout: 20_000,
}, async (t) => {
  let turn = 0;
  const server = await startWrong(t, (m) => (m.method === "OPTIONS" || turn++ % 4 < 2 ? right(m) : { status: 403 }));
  const result = await run(t, server.port, { only: ["user-enumeration"] });
  assert.deepEqual(ids(result), []);
});

test("a target with an IPv6 address", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(
    t,
    (m) => (m.method === "INVITE" ? [{ status: 180 }, { status: 487, delay: 5 }] : right(m)),
    "::1",
  );
  const target = await findTarget(`sip:[::1]:${server.port}`, "udp");
  assert.ok(!isTrouble(target));
  const result = await run(t, server.port, { target, number: "600", only: ["guest-calls", "open-relay"] });
  assert.deepEqual(ids(result), ["guest-calls"], result.findings.missing.join("\n"));
  assert.match(server.heard.at(-1)?.text ?? "", /Via: SIP\/2\.0\/UDP \[::1\]:/);
});

test("a call that rings and never ends is no silence", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, (m) => (m.method === "INVITE" ? { status: 180 } : right(m)));
  const result = await run(t, server.port, { number: "600", only: ["guest-calls", "prefix-calls"] });
  assert.deepEqual(ids(result), ["guest-calls", "prefix-calls"]);
});

test("who says nothing to calls of strangers has not shut us out", { timeout: 20_000 }, async (t) => {
  const server = await startWrong(t, (m) => {
    if (m.method === "INVITE") return undefined;
    return m.method === "REGISTER" ? { status: 200 } : right(m);
  });
  const only = ["guest-calls", "prefix-calls", "open-registrar"];
  const result = await run(t, server.port, { number: "600", only, patience: 100 });
  assert.deepEqual(ids(result), ["open-registrar"]);
});
