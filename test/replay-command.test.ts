/** `rempart replay` as people run it: what it prints, exit codes, and what it refuses. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { pcap, type Recorded, udpPacket } from "../src/capture/capture.fixture.ts";
import { site } from "../src/cli/cli.fixture.ts";

const SERVER = { host: "192.0.2.1", port: 5_060 };
const START = Date.UTC(2026, 2, 1, 8);

/** Somebody who calls himself a scanner, and a phone whose registration is answered. */
function capture(): Buffer {
  const records: Recorded[] = [];
  const ask = (host: string, method: string, agent: string, n: number): void => {
    const text = `${method} sip:pbx.example.org SIP/2.0\r\nVia: SIP/2.0/UDP ${host};branch=z9hG4bK${n}\r\nMax-Forwards: 70\r\nFrom: <sip:a@${host}>;tag=1\r\nTo: <sip:a@pbx.example.org>\r\nCall-ID: ${n}\r\nCSeq: 1 ${method}\r\nUser-Agent: ${agent}\r\nContent-Length: 0\r\n\r\n`;
    const answer = text.replace(/^.*SIP\/2\.0/, "SIP/2.0 200 OK");
    records.push({ at: START + n * 1_000, bytes: udpPacket({ host, port: 5_060 }, SERVER, text) });
    records.push({ at: START + n * 1_000 + 1, bytes: udpPacket(SERVER, { host, port: 5_060 }, answer) });
  };
  for (let n = 0; n < 5; n++) {
    ask("198.51.100.7", "OPTIONS", "friendly-scanner", 2 * n);
    ask("198.51.100.8", "OPTIONS", "Desk \u001b[31mPhone", 2 * n + 1);
  }
  return pcap(records);
}

test("a capture: who, what for, when; the same packed, in JSON, of one source, and under another setting", async () => {
  const s = site();
  const file = join(s.folder, "trace.pcap");
  writeFileSync(file, capture());
  writeFileSync(`${file}.gz`, gzipSync(capture()));
  for (const name of [file, `${file}.gz`]) {
    const { out, err, code } = await s.run(["replay", name]);
    assert.deepEqual([err, code], ["", 1]);
    assert.match(out, /20 packets, 20 SIP messages/);
    assert.match(out, /callers of 192\.0\.2\.1 port 5060 \(found/);
    assert.match(out, /^198\.51\.100\.7 +muted +scanner +2026-03-01 08:00:00 +2026-03-01 08:00:00 +5 +\d +none$/m);
    assert.doesNotMatch(out, /198\.51\.100\.8/);
  }
  const story = await s.call(["replay", file, "--source", "198.51.100.7"]);
  assert.match(story.out, /198\.51\.100\.7: muted for scanner/);
  assert.match(story.out, /scanner {2}not proved {2}udp {2}198\.51\.100\.7 {2}friendly-scanner/);
  const other = await s.call(["replay", file, "--source", "198.51.100.8"]);
  assert.match(other.out, /Nothing would have befallen 198\.51\.100\.8/);
  const { judged, servers } = JSON.parse((await s.call(["replay", file, "-o", "json"])).out);
  assert.deepEqual(
    [servers, judged.findings.length, judged.findings[0].source],
    [["192.0.2.1 5060"], 1, "198.51.100.7"],
  );
  const off = ["--set", 'shield.scenarios.scanner.mode="off"'];
  const none = await s.call(["replay", file, ...off]);
  assert.deepEqual([none.code, none.out.includes("Nobody would have been muted or banned.")], [0, true]);
  const both = await s.call(["replay", file, ...off, "--compare"]);
  assert.match(both.out, /^- 198\.51\.100\.7: mute for scanner$/m);
});

test("another server, a file that is cut off, and what is refused", async () => {
  const s = site();
  const file = join(s.folder, "trace.pcap");
  const bytes = capture();
  writeFileSync(file, bytes.subarray(0, bytes.length - 5));
  const cut = await s.run(["replay", file]);
  assert.match(cut.out, /read up to byte \d+: the file ends in the middle of a packet/);
  assert.equal(cut.code, 1, "what could be read is judged");
  const elsewhere = await s.call(["replay", file, "--server", "203.0.113.9:5060"]);
  assert.deepEqual([elsewhere.code, /19 not to or from the server/.test(elsewhere.out)], [0, true]);
  writeFileSync(join(s.folder, "empty"), "");
  const rows: [string[], string][] = [
    [["replay", join(s.folder, "none.pcap")], "USAGE_REPLAY"],
    [["replay", join(s.folder, "empty")], "USAGE_REPLAY"],
    [["replay", s.folder], "USAGE_REPLAY"],
    [["replay", file, "--compare"], "USAGE_COMPARE"],
    [["replay", file, "--server", "pbx"], "USAGE_ADDRESS"],
    [["replay", file, "--set", "shield"], "CONFIG_INVALID"],
    [["replay", file, "--set", "shield.never=1"], "CONFIG_INVALID"],
    [["replay"], "USAGE"],
  ];
  for (const [words, code] of rows) {
    const done = await s.call(words);
    assert.ok(done.err.includes(`[${code}]`), `${words.join(" ")}: ${done.err}`);
    assert.deepEqual([done.code, done.out], [2, ""], words.join(" "));
  }
});
