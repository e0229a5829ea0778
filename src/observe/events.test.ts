import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { type EventFile, openEventFile } from "./event-file.ts";
import { Events } from "./events.ts";

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "rempart-events-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function mustOpen(path: string, states: unknown[] = [], bytes?: number): EventFile {
  const o = { onState: (state: unknown) => states.push(state) };
  const file = openEventFile(path, bytes === undefined ? o : { ...o, bytes });
  assert.ok(!isTrouble(file), JSON.stringify(file));
  return file;
}

test("the file is ours alone, and goes on where it ended", (t) => {
  const path = join(folder(t), "events.jsonl");
  writeFileSync(path, "before\n");
  chmodSync(path, 0o644);
  const file = mustOpen(path);
  file.write("now");
  file.close();
  assert.equal(readFileSync(path, "utf8"), "before\nnow\n");
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("when it is full it moves on: five files and no more, no line torn or lost among the last ones", (t) => {
  const path = join(folder(t), "e");
  const file = mustOpen(path, [], 100);
  for (let i = 0; i < 200; i++) file.write(`line ${i}`);
  file.close();
  const files = [path, ...[1, 2, 3, 4].map((n) => `${path}.${n}`)];
  assert.ok(!existsSync(`${path}.5`));
  for (const each of files) assert.ok(statSync(each).size <= 100, each);
  const lines = files.reverse().flatMap((each) => readFileSync(each, "utf8").trimEnd().split("\n"));
  const first = Number(lines[0].slice(5));
  assert.deepEqual(
    lines,
    Array.from({ length: 200 - first }, (_, i) => `line ${first + i}`),
  );
});

for (const [what, make] of [
  ["a folder", (path: string) => mkdirSync(path)],
  ["a link that somebody else laid", (path: string) => symlinkSync("/tmp/elsewhere", path)],
] as const) {
  test(`${what} is refused`, (t) => {
    const path = join(folder(t), "e");
    make(path);
    const file = openEventFile(path, { onState: () => {} });
    assert.equal(isTrouble(file) ? file.code : "opened", "EVENTS_UNWRITABLE");
  });
}

test("reopened after it was moved away; while that cannot be, what was open is written on", (t) => {
  const own = folder(t);
  const path = join(own, "e");
  const file = mustOpen(path);
  file.write("one");
  renameSync(path, `${path}.old`);
  assert.equal(file.reopen(), undefined);
  file.write("two");
  renameSync(path, `${path}.2`);
  mkdirSync(path);
  assert.equal(file.reopen()?.code, "EVENTS_UNWRITABLE");
  file.write("three");
  file.close();
  assert.equal(readFileSync(`${path}.old`, "utf8"), "one\n");
  assert.equal(readFileSync(`${path}.2`, "utf8"), "two\nthree\n");
});

test("a flood of mutes becomes a number; bans are told on", () => {
  const events = new Events(undefined);
  for (let i = 0; i < 5_000; i++) events.tell("mute", { source: `10.0.${i >> 8}.${i & 255}` });
  for (let i = 0; i < 5; i++) events.tell("ban", { source: `192.0.2.${i}` });
  events.summarise();
  const { events: all } = events.since(0, 1_000);
  const mutes = all.filter((e) => e.event === "mute");
  assert.deepEqual([mutes.length, mutes[20].more, all.filter((e) => e.event === "ban").length], [21, 4_980, 5]);
  events.tell("mute", { source: "10.0.0.1" });
  assert.equal(events.since(0, 1_000).events.at(-1)?.source, "10.0.0.1", "a new minute");
  events.close();
});

test("asked by number: what is new, and how many are not kept any more", () => {
  const events = new Events(undefined);
  for (let i = 0; i < 500; i++) events.tell("ban", { i });
  events.summarise();
  for (let i = 500; i < 1_050; i++) events.tell("ban", { i });
  assert.deepEqual([events.since(0, 10).missed, events.since(0, 10).events[0].i], [50, 50]);
  assert.deepEqual([events.since(1_049, 10).missed, events.since(1_049, 10).events.map((e) => e.i)], [0, [1_049]]);
  assert.deepEqual(events.since(1_050, 10).events, []);
  events.close();
});
