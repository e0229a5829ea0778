import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { site } from "../cli.fixture.ts";
import { drawTop } from "./screen.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";

const ENTRY = { action: "ban", enforced: true, left: 3_540, reason: "wrong-password" };

function answer(at: number, packets: number) {
  return {
    at,
    started: 0,
    mode: { mode: "enforce", left: null },
    packets,
    requests: packets,
    answers: 0,
    refused: packets / 2,
    refusedBy: [{ action: "ban", reason: "wrong-password", packets: packets / 2 }],
    facts: [{ labels: { kind: "wrongPassword" }, count: packets }],
    verdicts: [{ labels: { action: "ban", scenario: "wrong-password" }, count: 1 }],
    book: [{ action: "ban", reason: "wrong-password", held: 1, noted: 0 }],
    registrations: 3,
    transactions: 1,
    connections: 0,
    lost: 0,
    loop: { signalling: { p99: 1 }, control: { p99: 1 } },
    memory: 1_048_576,
    ms: 500,
    sources: Array.from({ length: 50 }, (_, i) => ({
      source: `2001:db8:${i}:ffff::/64`,
      packets: 100 - i,
      refused: 50,
      device: "Evil\x1b[2J\u009b31m 電話 and a very long name of a device that does not end",
      does: { wrongPassword: 8, scanner: 1 },
      entry: i === 0 ? ENTRY : null,
      never: false,
      standing: i === 1 ? ["anna@pbx.example.org"] : [],
    })),
    noted: [{ ...ENTRY, enforced: false, source: "192.0.2.9", account: "", because: "6 in 10 min", standing: [] }],
  };
}

const SNAPSHOT: Snapshot = snapshotOf(answer(0, 0), answer(2_000, 1_000));

test("rates are of the time between two answers; what a source sent is of its own span", () => {
  assert.deepEqual(SNAPSHOT.rates, { packets: 500, requests: 500, answers: 0, refused: 250, lines: 0 });
  const [first] = SNAPSHOT.sources;
  assert.deepEqual([first.packets, first.verdict, first.does], [200, "banned 59m", "wrongPassword 8 scanner 1"]);
  assert.deepEqual(
    SNAPSHOT.verdicts.map((v) => [v.action, v.scenario, v.held, v.refused]),
    [["ban", "wrong-password", 1, 250]],
  );
});

for (const [columns, rows] of [
  [80, 24],
  [200, 60],
  [40, 10],
  [20, 3],
] as const) {
  test(`${columns} by ${rows}: no line is too long, none too many, and no control character of a stranger gets through`, () => {
    const lines = drawTop(SNAPSHOT, { columns, rows }, false);
    assert.ok(lines.length < rows || rows < 3, `${lines.length} lines`);
    for (const line of lines) {
      assert.ok(line.length <= Math.max(40, columns), line);
      assert.match(line, /^[\x20-\x7e\xa1-\xff]*$/);
    }
  });
}

test("80 by 24 shows the sources and what is noted", () => {
  const text = drawTop(SNAPSHOT, { columns: 80, rows: 24 }, false).join("\n");
  for (const word of ["SOURCE", "2001:db8:0:ffff::/64", "banned 59m", "NOTED LAST", "192.0.2.9", "wrong-password"])
    assert.ok(text.includes(word), `${word} in\n${text}`);
});

test("colours are only escape sequences around the same words", () => {
  const size = { columns: 100, rows: 30 };
  const plain = drawTop(SNAPSHOT, size, false);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const painted = drawTop(SNAPSHOT, size, true).map((line) => line.replace(/\x1b\[\d+m/g, ""));
  assert.deepEqual(painted, plain);
});

const HAS_SCRIPT = spawnSync("script", ["--version"]).status === 0;

test("in a terminal: drawn on another screen, q leaves and restores it", {
  skip: !HAS_SCRIPT && "no script(1) here to make a terminal",
  timeout: 60_000,
}, async (t) => {
  const here = site();
  const { BIN } = await import("../cli.fixture.ts");
  const daemon = spawn(BIN, ["run", "--config", here.file, "-o", "json"], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => daemon.kill("SIGKILL"));
  await once(daemon.stdout, "data");
  const command = `stty cols 80 rows 24; '${BIN}' top --config '${here.file}'`;
  const env = { ...process.env, NO_COLOR: "1" };
  const terminal = spawn("script", ["-qfec", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"], env });
  t.after(() => terminal.kill("SIGKILL"));
  let out = "";
  let isAsked = false;
  terminal.stdout.setEncoding("latin1").on("data", (chunk: string) => {
    out += chunk;
    // Twice: it is drawn anew.
    if (isAsked || out.split("\x1b[H").length < 3) return;
    isAsked = true;
    terminal.stdin.write("q");
  });
  const [code] = (await once(terminal, "close")) as [number];
  assert.equal(code, 0, out);
  const [before, drawn = "", after] = out.replace("\x1b[?1049l", "\x1b[?1049h").split("\x1b[?1049h");
  assert.equal(before, "");
  assert.ok(drawn.includes("Rempart  observe: nobody is kept out"), drawn);
  assert.ok(!drawn.includes("\x1b[1m"), "NO_COLOR");
  assert.ok(drawn.endsWith("\x1b[?25h"), "the cursor is back");
  assert.equal(after, "");
});
