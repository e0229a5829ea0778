import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ACK,
  Connection,
  ethernet,
  ipPacket,
  pcap,
  pcapng,
  SYN,
  tcpPacket,
  udpPacket,
  udpPayload,
} from "./capture.fixture.ts";
import { CaptureReader, type Damage, Dissector, type Wire } from "./index.ts";

const PHONE = { host: "198.51.100.7", port: 5_060 };
const SERVER = { host: "203.0.113.1", port: 5_060 };
const PHONE6 = { host: "2001:db8::7", port: 5_060 };
const SERVER6 = { host: "2001:db8:1::1", port: 5_060 };
const AT = 1_700_000_000_123;
const OPTIONS = "OPTIONS sip:pbx SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n";

interface Read {
  readonly wires: readonly Wire[];
  readonly packets: number;
  readonly damage: Damage | undefined;
  readonly dissector: Dissector;
}

/** Reads a file in pieces of a size. */
function read(file: Buffer, size = file.length || 1): Read {
  const wires: Wire[] = [];
  const dissector = new Dissector(new Set([5_060]), (w) => wires.push(w));
  const reader = new CaptureReader(dissector.take);
  for (let at = 0; at < file.length; at += size) reader.push(Buffer.from(file.subarray(at, at + size)));
  reader.end();
  return { wires, packets: reader.packets, damage: reader.damage, dissector };
}

const texts = (file: Buffer, size?: number): string[] => read(file, size).wires.map((w) => w.text);
const one = [{ at: AT, bytes: udpPacket(PHONE, SERVER, OPTIONS) }];

test("pcap and pcapng of both byte orders and every unit of time, in pieces of any size", () => {
  const files = [
    pcap(one),
    pcap(one, { big: true }),
    pcap(one, { nano: true }),
    pcap(one, { big: true, nano: true }),
    pcapng(one),
    pcapng(one, { big: true }),
    pcapng(one, { resolution: 9 }),
    pcapng(one, { resolution: 3, big: true }),
    pcapng(one, { resolution: 128 + 20 }),
    Buffer.concat([pcapng(one, { big: true }), pcapng([], {}), pcapng([], { resolution: 9 })]),
  ];
  for (const [i, file] of files.entries()) {
    for (const size of [1, 7, 64, file.length]) {
      const { wires, damage } = read(file, size);
      assert.equal(damage, undefined, `file ${i}`);
      assert.equal(wires.length, 1, `file ${i} in pieces of ${size}`);
      assert.ok(Math.abs(wires[0].at - AT) < 1, `file ${i}: ${wires[0].at}`);
      assert.equal(wires[0].text, OPTIONS);
    }
  }
});

test("a section begins with interfaces of its own; a simple packet has the time of the one before", () => {
  const file = Buffer.concat([pcapng(one), pcapng([{ at: 0, bytes: one[0].bytes }], { simple: true, big: true })]);
  assert.deepEqual(
    read(file).wires.map((w) => Math.round(w.at)),
    [AT, AT],
  );
});

test("each link type leads to IP", () => {
  const ip = one[0].bytes;
  const sll = Buffer.concat([Buffer.alloc(14), Buffer.from([8, 0]), ip]);
  const sll2 = Buffer.concat([Buffer.from([8, 0]), Buffer.alloc(18), ip]);
  const six = udpPacket(PHONE6, SERVER6, OPTIONS);
  const rows: [string, number, Buffer][] = [
    ["Ethernet", 1, ethernet(ip)],
    ["Ethernet, IPv6", 1, ethernet(six)],
    ["VLAN", 1, ethernet(ip, [0x8100])],
    ["QinQ", 1, ethernet(six, [0x88a8, 0x8100])],
    ["Linux cooked", 113, sll],
    ["Linux cooked 2", 276, sll2],
    ["loopback", 0, Buffer.concat([Buffer.from([2, 0, 0, 0]), ip])],
    ["raw", 101, six],
    ["raw IPv4", 228, ip],
  ];
  for (const [name, link, bytes] of rows) assert.deepEqual(texts(pcap([{ at: AT, bytes }], { link })), [OPTIONS], name);
  const { dissector } = read(pcap([{ at: AT, bytes: ip }], { link: 147 }));
  assert.deepEqual([dissector.counts.notIp, ...dissector.counts.unknownLinks], [1, 147]);
});

test("addresses are in their one spelling, and ports are told", () => {
  const { wires } = read(pcap([{ at: AT, bytes: udpPacket(PHONE6, SERVER6, OPTIONS) }]));
  const { from, fromPort, to, toPort, transport, proved } = wires[0];
  assert.deepEqual(
    [from, fromPort, to, toPort, transport, proved],
    ["2001:db8::7", 5_060, "2001:db8:1::1", 5_060, "udp", false],
  );
});

/** Cuts the payload of an IP packet into parts. */
function fragmentsOf(host4: boolean, text: string, size: number): Buffer[] {
  const payload = udpPayload(PHONE, SERVER, text);
  const parts: Buffer[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const part = payload.subarray(at, at + size);
    const more = at + size < payload.length;
    if (host4) {
      const packet = ipPacket(PHONE.host, SERVER.host, 17, part);
      packet.writeUInt16BE(77, 4);
      packet.writeUInt16BE((more ? 0x2000 : 0) | (at / 8), 6);
      parts.push(packet);
    } else {
      const head = Buffer.from([17, 0, 0, 0, 0, 0, 0, 77]);
      head.writeUInt16BE(at | (more ? 1 : 0), 2);
      parts.push(ipPacket(PHONE6.host, SERVER6.host, 44, Buffer.concat([head, part])));
    }
  }
  return parts;
}

const LONG = OPTIONS.replace("Content-Length: 0", `X: ${"x".repeat(3_000)}\r\nContent-Length: 0`);
const file = (packets: readonly Buffer[]): Buffer => pcap(packets.map((bytes, i) => ({ at: AT + i, bytes })));

test("RFC 791, RFC 8200: packets in parts are put together in any order, and those that overlap are not", () => {
  for (const isV4 of [true, false]) {
    const parts = fragmentsOf(isV4, LONG, 1_000);
    assert.deepEqual(texts(file(parts)), [LONG]);
    assert.deepEqual(texts(file([...parts].reverse())), [LONG]);
    assert.deepEqual(texts(file([parts[0], parts[0], ...parts.slice(1)])), [LONG], "one came twice");
    const missing = read(file(parts.slice(1)));
    assert.deepEqual([missing.wires.length, missing.dissector.incomplete], [0, 1]);
    const [, other] = fragmentsOf(isV4, LONG, 992);
    const overlapping = read(file([parts[0], other, ...parts.slice(1)]));
    assert.deepEqual(overlapping.wires, []);
  }
});

test("IPv6 extension headers are passed over", () => {
  const options = Buffer.from([60, 0, 1, 4, 0, 0, 0, 0]);
  const destination = Buffer.from([17, 1, 1, 12, ...new Array<number>(12).fill(0)]);
  const inside = Buffer.concat([options, destination, udpPayload(PHONE6, SERVER6, OPTIONS)]);
  assert.deepEqual(texts(file([ipPacket(PHONE6.host, SERVER6.host, 0, inside)])), [OPTIONS]);
});

test("RFC 9293: a stream is put together whatever the order, with what was sent again, both ways", () => {
  const answer = OPTIONS.replace("OPTIONS sip:pbx SIP/2.0", "SIP/2.0 200 OK");
  for (const [host, server] of [
    [PHONE, SERVER],
    [PHONE6, SERVER6],
  ] as const) {
    const line = new Connection(host, server);
    const open = line.open();
    const parts = line.send(OPTIONS + LONG, 100);
    const back = line.answer(answer);
    const whole = [OPTIONS, LONG, answer];
    assert.deepEqual(texts(file([...open, ...parts, ...back])), whole, "in order, over the end of the numbers");
    assert.deepEqual(texts(file([...open, ...[...parts].reverse(), ...back])), whole, "backwards");
    assert.deepEqual(texts(file([...open, ...parts, ...parts, ...back, ...back])), whole, "twice");
    assert.deepEqual(
      read(file([...open, ...parts])).wires.map((w) => w.proved),
      [true, true],
    );
  }
});

test("over TCP only who knows the other side's numbers is believed to be there", () => {
  const forged = [
    tcpPacket(PHONE, SERVER, 100, 0, SYN),
    tcpPacket(SERVER, PHONE, 5_000, 101, SYN | ACK),
    tcpPacket(PHONE, SERVER, 101, 77, ACK, OPTIONS),
  ];
  assert.deepEqual(
    read(file(forged)).wires.map((w) => w.proved),
    [false],
  );
  const alone = [tcpPacket(PHONE, SERVER, 101, 77, ACK, OPTIONS)];
  assert.deepEqual(
    read(file(alone)).wires.map((w) => w.proved),
    [false],
  );
});

test("the same ports again are another connection, whether the one before was closed or not", () => {
  for (const isClosed of [true, false]) {
    const one = new Connection(PHONE, SERVER);
    const first = [...one.open(), ...one.send(`${OPTIONS}half a mess`), ...(isClosed ? one.close() : [])];
    const other = [tcpPacket(PHONE, SERVER, 7, 0, SYN), tcpPacket(PHONE, SERVER, 8, 0, ACK, OPTIONS)];
    const { wires, dissector } = read(file([...first, ...other]));
    assert.deepEqual([wires.map((w) => w.text), dissector.streams.connections], [[OPTIONS, OPTIONS], 2]);
  }
});

test("a port that nobody has named: what begins like SIP is read, and its handshake counts", () => {
  const line = new Connection({ host: PHONE.host, port: 33_000 }, { host: SERVER.host, port: 40_123 });
  const other = new Connection({ host: PHONE.host, port: 33_001 }, { host: SERVER.host, port: 443 });
  const { wires, dissector } = read(
    file([...line.open(), ...other.open(), ...other.send("GET / HTTP/1.1"), ...line.send(OPTIONS, 60)]),
  );
  assert.deepEqual(
    [wires.map((w) => [w.text, w.proved, w.toPort]), dissector.streams.connections],
    [[[OPTIONS, true, 40_123]], 1],
  );
});

test("a stream of which a part is missing goes on with the next message that can be made out", () => {
  const line = new Connection(PHONE, SERVER);
  const open = line.open();
  const first = line.send(OPTIONS);
  line.send("x".repeat(50));
  const rest = line.send(OPTIONS.repeat(100), OPTIONS.length);
  const { wires, dissector } = read(file([...open, ...first, ...rest]));
  assert.equal(dissector.streams.gaps, 1);
  assert.ok(wires.length > 90 && wires.every((w) => w.text === OPTIONS && w.fault === ""));
  const middle = read(file(rest.slice(3)));
  assert.ok(middle.wires.length > 90, "a capture that begins in the middle of a connection");
});

test("TLS and WebSocket are counted and not read; what is no SIP is told as a fault", () => {
  const say = (port: number, text: string): Buffer[] => {
    const line = new Connection({ host: PHONE.host, port }, SERVER);
    return [...line.open(), ...line.send(text)];
  };
  const upgrade = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n";
  const { wires, dissector } = read(
    file([
      ...say(1_000, "\x16\x03\x01\x00\x20abcdef"),
      ...say(1_001, upgrade),
      ...say(1_002, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ]),
  );
  assert.deepEqual([dissector.streams.tls, dissector.streams.webSocket], [1, 1]);
  assert.deepEqual(
    wires.map((w) => w.fault),
    ["SIP_NO_LENGTH"],
  );
});

test("sound, keep-alives and STUN are no messages", () => {
  const media = { host: SERVER.host, port: 10_000 };
  const stun = "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl";
  const rows = [
    udpPacket({ host: PHONE.host, port: 20_000 }, media, `\x80\x00${"a".repeat(170)}`),
    udpPacket(PHONE, SERVER, "\r\n\r\n"),
    udpPacket(PHONE, SERVER, stun),
  ];
  const { wires, dissector } = read(file(rows));
  assert.deepEqual([wires.length, dissector.counts.otherUdp, dissector.counts.keepAlives], [0, 1, 2]);
});

test("a file that ends early or is damaged is read up to there, and it is said where", () => {
  const two = pcap([...one, { at: AT, bytes: one[0].bytes }]);
  const cut = read(two.subarray(0, two.length - 10));
  assert.equal(cut.wires.length, 1);
  assert.deepEqual(cut.damage, { at: 24 + 16 + one[0].bytes.length, why: "the file ends in the middle of a packet" });
  const bad = Buffer.from(two);
  bad.writeUInt32LE(0x7fffffff, 24 + 16 + one[0].bytes.length + 8);
  const damaged = read(bad, 100);
  assert.deepEqual([damaged.wires.length, damaged.damage?.at], [1, 24 + 16 + one[0].bytes.length]);
  const ng = pcapng([...one, ...one]);
  const broken = read(ng.subarray(0, ng.length - 4), 33);
  assert.equal(broken.wires.length, 1);
  assert.match(broken.damage?.why ?? "", /ends in the middle/);
  assert.match(read(Buffer.from("hello, this is no capture")).damage?.why ?? "", /no capture/);
  assert.match(read(Buffer.alloc(0)).damage?.why ?? "", /no capture/);
});

test("a message whose end was not captured is marked", () => {
  const bytes = one[0].bytes;
  const { wires, dissector } = read(pcap([{ at: AT, bytes: bytes.subarray(0, 80), whole: bytes.length }]));
  assert.deepEqual([wires[0]?.isCut, dissector.counts.cut], [true, 1]);
});

test("property: whatever the bytes, nothing is thrown and the pieces make no difference", () => {
  const start = fc.constantFrom(
    pcap(one),
    pcapng(one),
    pcap([{ at: AT, bytes: ethernet(one[0].bytes) }], { link: 1 }),
    file(fragmentsOf(true, LONG, 512)),
  );
  fc.assert(
    fc.property(
      start,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
      fc.integer({ min: 1, max: 200 }),
      (from, changes, size) => {
        const bytes = Buffer.from(from);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const whole = read(bytes);
        const pieces = read(bytes, size);
        assert.deepEqual(pieces.wires, whole.wires);
        assert.deepEqual(pieces.damage, whole.damage);
      },
    ),
    { numRuns: 400 },
  );
});

test("property: any packet of any link is taken without a throw", () => {
  const dissector = new Dissector(new Set([5_060]), () => {});
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 101, 113, 276),
      fc.uint8Array({ maxLength: 120 }),
      fc.boolean(),
      (link, bytes, cut) => {
        const packet = Buffer.from(bytes);
        if (packet.length > 30 && cut) {
          packet[0] = 0x45;
          packet[9] = 6;
        }
        dissector.take(AT, link, packet, 0, packet.length, cut);
      },
    ),
    { numRuns: 2_000 },
  );
});
