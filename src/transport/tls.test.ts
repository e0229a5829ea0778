/** TLS: what comes out of a handshake is a stream as over TCP; certificates by name, tickets, renewal, caps. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { type Authority, newAuthority } from "../../test/support/authority.ts";
import type { Flow } from "../base/index.ts";
import type { TlsCredentials } from "./credentials.ts";
import { type CloseReason, isOpenFault, openTls } from "./index.ts";
import type { StreamOptions } from "./stream.ts";
import { message, OPTIONS, until } from "./tcp.fixture.ts";

const authority: Promise<Authority> = newAuthority("CA");

async function credentials(...names: string[]): Promise<TlsCredentials> {
  const ca = await authority;
  const certificates = await Promise.all(names.map(async (n) => ({ names: [n], ...(await ca.issue([n])) })));
  return { certificates, ticketKeys: randomBytes(48), minVersion: "TLSv1.2", peers: [] };
}

async function open(t: TestContext, shown: TlsCredentials, o: Partial<StreamOptions> = {}) {
  const packets: { flow: Flow; text: string }[] = [];
  const closed: CloseReason[] = [];
  const tls = await openTls(
    { address: "127.0.0.1", port: 0, family: 4, index: 1, advertise: "", side: "public", ...o },
    shown,
    {
      onPacket: (flow, text) => {
        packets.push({ flow, text });
        if (!isOpenFault(tls)) tls.send(flow, text);
      },
      onClosed: (_, reason) => closed.push(reason),
      onFault: () => {},
    },
  );
  assert.ok(!isOpenFault(tls), JSON.stringify(tls));
  t.after(() => tls.close());
  const dial = async (more: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connectTls({ host: "127.0.0.1", port: tls.listener.port, rejectUnauthorized: false, ...more });
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    return socket;
  };
  return { tls, packets, closed, dial };
}

/** Sends one message and waits until it has come back, and what belongs to a session with it. */
async function echo(socket: TLSSocket, text: string): Promise<void> {
  let got = "";
  const taken = (chunk: Buffer): void => {
    got += chunk.toString("latin1");
  };
  socket.on("data", taken);
  socket.write(text, "latin1");
  await until(() => got.length >= text.length);
  socket.off("data", taken);
  assert.equal(got, text);
}

test("tls: messages come whole however they were cut; 64 KiB both ways", OPTIONS, async (t) => {
  const bench = await open(t, await credentials("a.example"));
  const socket = await bench.dial();
  await echo(socket, message("x".repeat(60_000)));
  const text = message("v=0");
  for (const byte of text) {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  await until(() => bench.packets.length === 2);
  const { flow } = bench.packets[1];
  assert.deepEqual(
    [flow.transport, flow.reliable, flow.host, flow.port, flow.sentBy],
    ["tls", true, "127.0.0.1", socket.localPort, `127.0.0.1:${bench.tls.listener.port}`],
  );
});

test("tls: two of ours connect to each other, and what is sent before the handshake is queued", OPTIONS, async (t) => {
  const [a, b] = [await open(t, await credentials("a.example")), await open(t, await credentials("b.example"))];
  const flow = a.tls.flowTo("127.0.0.1", b.tls.listener.port);
  assert.ok(flow !== undefined);
  assert.equal(a.tls.flowTo("127.0.0.1", b.tls.listener.port), flow);
  // What comes back would go round for ever.
  assert.equal(a.tls.send(flow, message("1")), true);
  await until(() => b.packets.length > 0 && a.packets.length > 0);
  a.tls.drop(flow);
  await until(() => a.closed.length === 1);
});

test("tls: a peer with a CA of its own must be vouched for by that when we connect", OPTIONS, async (t) => {
  const b = await open(t, await credentials("b.example"));
  const mine = await credentials("a.example");
  const rule = { name: "b", addresses: ["127.0.0.0/8"], ask: "none", crl: "", matchFrom: false } as const;
  for (const [ca, expected] of [
    [(await authority).cert, []],
    [(await newAuthority("other")).cert, ["connect"]],
  ] as const) {
    const a = await open(t, { ...mine, peers: [{ ...rule, ca }] });
    const flow = a.tls.connect("127.0.0.1", b.tls.listener.port);
    assert.ok(flow !== undefined);
    await until(() => a.tls.stats().connected === 1 || a.closed.length === 1);
    assert.deepEqual(a.closed, expected);
  }
});

test("tls: the certificate follows the name that is asked for, and a renewal drops nobody", OPTIONS, async (t) => {
  const bench = await open(t, await credentials("a.example", "b.example"));
  const shown = async (servername?: string): Promise<string> => {
    const socket = await bench.dial(servername === undefined ? {} : { servername });
    return String(socket.getPeerCertificate().subjectaltname);
  };
  assert.equal(await shown("b.example"), "DNS:b.example");
  assert.equal(await shown("A.example"), "DNS:a.example");
  assert.equal(await shown("foreign.example"), "DNS:a.example");
  assert.equal(await shown(), "DNS:a.example");
  assert.equal(bench.tls.stats().doors.foreignName, 1);
  const before = await bench.dial();
  bench.tls.renew(await credentials("c.example", "b.example"));
  assert.equal(await shown(), "DNS:c.example");
  await echo(before, message("still here"));
  assert.equal(before.getPeerCertificate().subjectaltname, "DNS:a.example");
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`tls: a session is resumed by its ticket until the keys change, ${version}`, OPTIONS, async (t) => {
    const shown = await credentials("a.example");
    const bench = await open(t, shown);
    const o = { minVersion: version, maxVersion: version };
    const first = await bench.dial(o);
    let session: Buffer | undefined;
    first.on("session", (s: Buffer) => {
      session = s;
    });
    await echo(first, message("1"));
    session ??= first.getSession();
    const again = await bench.dial({ ...o, session });
    assert.equal(again.isSessionReused(), true);
    // The same keys with other certificates: tickets hold.
    bench.tls.renew({ ...(await credentials("b.example")), ticketKeys: shown.ticketKeys });
    assert.equal((await bench.dial({ ...o, session })).isSessionReused(), true);
    bench.tls.renew({ ...shown, ticketKeys: randomBytes(48) });
    assert.equal((await bench.dial({ ...o, session })).isSessionReused(), false);
  });
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(
    `tls: who is asked for a certificate gets no ticket, also behind a dual-stack listener, ${version}`,
    OPTIONS,
    async (t) => {
      const ca = await authority;
      const { cert, key } = await ca.issue(["anna@a.example"]);
      const rule = { name: "office", addresses: ["127.0.0.1"], ask: "require", crl: "", matchFrom: true } as const;
      const shown = { ...(await credentials("a.example")), peers: [{ ...rule, ca: ca.cert }] };
      const bench = await open(t, shown, { address: "::", family: 6, dualStack: true });
      const o = { minVersion: version, maxVersion: version, cert, key };
      const first = await bench.dial(o);
      let session: Buffer | undefined;
      first.on("session", (s: Buffer) => {
        session = s;
      });
      await echo(first, message("1"));
      session ??= first.getSession();
      assert.deepEqual(bench.packets[0].flow.certificate, {
        peer: "office",
        names: ["anna@a.example"],
        matchFrom: true,
      });
      const again = await bench.dial({ ...o, session });
      assert.equal(again.isSessionReused(), false);
      await echo(again, message("2"));
    },
  );
}

test("tls: half handshakes end, and where there are too many the oldest gives way", OPTIONS, async (t) => {
  let now = 0;
  const bench = await open(t, await credentials("a.example"), {
    limits: { handshakes: 2, connect: 80 },
    now: () => now,
  });
  const doors = () => bench.tls.stats().doors;
  const halves = [1, 2].map(() => connect(bench.tls.listener.port, "127.0.0.1").on("error", () => {}));
  for (const half of halves) half.write("\x16\x03\x01");
  await until(() => bench.tls.stats().handshakes === 2);
  const oldest = new Promise((resolve) => halves[0].resume().on("close", resolve));
  // They cost nobody his own.
  await echo(await bench.dial(), message("1"));
  await oldest;
  assert.deepEqual([bench.tls.stats().handshakes, doors().halfHandshake, doors().refused], [1, 1, 0]);
  now = 4_999;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(bench.tls.stats().handshakes, 1);
  now = 5_000;
  await once(halves[1].resume(), "close");
  assert.deepEqual([bench.tls.stats().handshakes, doors().halfHandshake], [0, 2]);
});

test("tls: half a message ends as over TCP, and who does not read is not read from", OPTIONS, async (t) => {
  let now = 0;
  const bench = await open(t, await credentials("a.example"), { limits: { connect: 80 }, now: () => now });
  const socket = await bench.dial();
  socket.write("OPTIONS sip:a");
  await until(() => bench.tls.stats().connections === 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  now = 4_000;
  await once(socket.resume(), "close");
  assert.deepEqual(bench.closed, ["halfMessage"]);

  const lazy = await bench.dial();
  lazy.pause();
  const large = message("y".repeat(60_000));
  for (let i = 0; i < 500; i++) lazy.write(large);
  let before = -1;
  while (bench.packets.length !== before) {
    before = bench.packets.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(before < 400, `${before} messages were read`);
  let bytes = 0;
  lazy.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  lazy.resume();
  await until(() => bytes === 500 * large.length);
});

test("tls: a client certificate without a subject is taken like another", OPTIONS, async (t) => {
  const ca = await authority;
  const rule = { name: "office", addresses: ["127.0.0.1"], ask: "require", crl: "", matchFrom: true } as const;
  const bench = await open(t, { ...(await credentials("a.example")), peers: [{ ...rule, ca: ca.cert }] });
  const { cert, key } = await ca.issue(["anna@a.example"], 20, "");
  await echo(await bench.dial({ cert, key }), message("1"));
  assert.deepEqual(bench.packets[0].flow.certificate?.names, ["anna@a.example"]);
});

test("tls: a peer's file may hold several authorities and the lists of all of them", OPTIONS, async (t) => {
  const [ca, second] = [await authority, await newAuthority("second")];
  const [good, bad] = [await second.issue(["anna@a.example"]), await second.issue(["bert@a.example"])];
  const rule = { name: "office", addresses: ["127.0.0.1"], ask: "require", matchFrom: true } as const;
  const trust = {
    ca: `${ca.cert}\n${second.cert}`,
    crl: `${await ca.revoke([])}\n${await second.revoke([bad.serial])}`,
  };
  const bench = await open(t, { ...(await credentials("a.example")), peers: [{ ...rule, ...trust }] });
  await echo(await bench.dial({ cert: good.cert, key: good.key }), message("1"));
  const refused = await bench.dial({ cert: bad.cert, key: bad.key });
  await once(refused.resume(), "close");
  assert.equal(bench.tls.stats().doors.badCertificate, 1);
});

test("tls: a handshake is made once: nobody has it made again on the same connection", OPTIONS, async (t) => {
  const bench = await open(t, await credentials("a.example"));
  const socket = await bench.dial({ maxVersion: "TLSv1.2" });
  const fault = await new Promise<Error | null>((resolve) => {
    socket.once("error", resolve);
    socket.renegotiate({}, resolve);
  });
  assert.match(String(fault), /no.renegotiation/i);
});
