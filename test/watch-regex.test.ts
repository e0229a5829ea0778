/** `rempart watch regex` as people run it: what it prints, exit codes, and what it refuses. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { site } from "../src/cli/cli.fixture.ts";

const CORPUS = join(import.meta.dirname, "../corpus/logs/asterisk-22-pjsip.txt");
const LINES = readFileSync(CORPUS, "latin1");
const NOTICE =
  "[2026-05-01 10:00:00] NOTICE[10] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '<sip:100@pbx>' failed for '192.0.2.7:5060' (callid: c) - Failed to authenticate";
const SECURITY =
  '[2026-05-01 10:00:00] SECURITY[11] res_security_log.c: SecurityEvent="ChallengeResponseFailed",EventTV="2026-05-01T10:00:00.000+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="100",SessionID="c",LocalAddress="IPV4/UDP/203.0.113.1/5060",RemoteAddress="IPV4/UDP/192.0.2.7/5060",Challenge="17/ab",Response="x",ExpectedResponse=""';
const OTHER = "[2026-05-01 10:00:00] VERBOSE[12] pbx.c: \u001b[31mnothing";

test("each line and what was understood of it; the same packed, by stdin, of a chosen sort, and in JSON", async () => {
  const s = site();
  const file = join(s.folder, "full");
  writeFileSync(file, `${NOTICE}\n${SECURITY}\n${OTHER}\n`, "latin1");
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
  const { out, err, code } = await s.call(["watch", "regex", file]);
  assert.deepEqual([err, code], ["", 0]);
  const rows = out.split("\n").filter((line) => /^ +\d+ {2}/.test(line));
  assert.deepEqual(rows, [
    "      1  no evidence",
    "      2  wrongPassword  192.0.2.7  udp  not proved  100  ChallengeResponseFailed",
    "      3  -",
  ]);
  assert.ok(!out.includes("\u001b"), "nothing of a log reaches the terminal as it is");
  assert.match(out, /3 lines of asterisk, 2 about callers\n1 fact, 0 of them proved/);
  const packed = await s.call(["watch", "regex", `${file}.gz`]);
  assert.equal(packed.out.replaceAll("full.gz", "full"), out);
  const piped = await s.run(["watch", "regex", "-"], readFileSync(file));
  assert.equal(piped.out, out.replace(`${file}: `, "-: "));
  const missed = await s.call(["watch", "regex", file, "--show", "missed"]);
  assert.match(missed.out, /^ {6}3 {2}-\n/);
  const objects = (await s.call(["watch", "regex", file, "-o", "json", "--show", "understood"])).out.trim().split("\n");
  const parsed = objects.map((line) => JSON.parse(line) as { line: number; facts: { address: string }[] });
  assert.deepEqual(
    parsed.map(({ line, facts }) => [line, facts.map((fact) => fact.address)]),
    [
      [1, []],
      [2, ["192.0.2.7"]],
    ],
  );
  const summary = JSON.parse((await s.call(["watch", "regex", file, "-o", "json"])).out);
  assert.deepEqual(
    [summary.lines, summary.understood, summary.facts, summary.addresses],
    [3, 2, 1, [{ address: "192.0.2.7", facts: 1, proved: 0 }]],
  );
});

test("a log of a real Asterisk: every fact of it stands at a line, once", async () => {
  const s = site();
  const log = LINES.split("\n").filter((line) => !line.startsWith("#"));
  const file = join(s.folder, "full");
  // More lines than wait for each other at most.
  writeFileSync(file, `${log.join("\n")}\n${`${OTHER}\n`.repeat(10_000)}`, "latin1");
  const { out } = await s.call(["watch", "regex", file, "-o", "json", "--show", "all"]);
  const rows = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { line: number; facts: { kind: string }[] });
  assert.deepEqual(
    rows.map((row) => row.line),
    rows.map((_, i) => i + 1),
    "in order, none left out",
  );
  const kinds = rows.flatMap((row) => row.facts.map((fact) => fact.kind));
  const wanted = LINES.match(/^#= \w+/gm)?.map((line) => line.slice(3)) ?? [];
  assert.deepEqual(kinds.sort(), wanted.sort());
});

test("nothing about callers, no such file, a folder, an empty one, one that was cut off, no such format", async () => {
  const s = site();
  const file = join(s.folder, "other");
  writeFileSync(file, Buffer.from([0, 1, 2, 255, 10, 0, 10]));
  const nothing = await s.call(["watch", "regex", file]);
  assert.equal(nothing.code, 1);
  assert.match(nothing.out, /Nothing in it is about callers: docs\/watch-regex\.md/);
  writeFileSync(file, "");
  for (const [path, why] of [
    [file, "it is empty"],
    [join(s.folder, "none"), "no such file"],
    [s.folder, "a folder"],
  ]) {
    const { code, err } = await s.call(["watch", "regex", path]);
    assert.equal(code, 2);
    assert.match(err, new RegExp(`cannot be read: ${why} \\[USAGE_REGEX\\]`));
  }
  writeFileSync(file, gzipSync(`${SECURITY}\n`.repeat(5_000)).subarray(0, 500));
  const cut = await s.call(["watch", "regex", file, "--show", "summary"]);
  assert.deepEqual([cut.code, cut.err], [0, ""]);
  const { err, code } = await s.call(["watch", "regex", CORPUS, "--format", "cisco"]);
  assert.deepEqual([code, /no log is read as cisco \[USAGE_FORMAT\]/.test(err)], [2, true]);
});
