import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { until } from "../../test/support/until.ts";
import { type FollowedFile, followFile, type Position } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-follow-"));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

interface Seen {
  readonly following: FollowedFile;
  text(): string;
  /** Codes of troubles in order; "" for over. */
  readonly troubles: string[];
  /** Waits for what was appended. */
  has(text: string): Promise<void>;
}

function follow(t: TestContext, path: string, from: "start" | "end" | Position = "start"): Seen {
  let text = "";
  const troubles: string[] = [];
  const following = followFile(
    path,
    { from },
    {
      onBytes: (piece) => {
        text += piece.toString("latin1");
      },
      onTrouble: (trouble) => void troubles.push(trouble?.code ?? ""),
    },
  );
  t.after(() => following.stop());
  const has = (wanted: string): Promise<void> =>
    until(`"${text}" ends with "${wanted}"`, () => text.endsWith(wanted), 3_000).catch(() =>
      assert.fail(`wanted "${wanted}", have "${text}", ${troubles}`),
    );
  return { following, text: () => text, troubles, has };
}

function folder(): string {
  const path = join(root, String(++folders));
  mkdirSync(path);
  return path;
}

interface Row {
  readonly what: string;
  /** Changes files below `home`; `log` is what is followed, and begins with "1\n". */
  run(home: string, log: string, seen: Seen): Promise<void> | void;
  /** All that must have been handed over, in order. */
  readonly all: string;
}

const ROWS: readonly Row[] = [
  { what: "it is appended to", run: (_, log) => appendFileSync(log, "2\n"), all: "1\n2\n" },
  {
    what: "half a line, and later its end",
    run: async (_, log, seen) => {
      appendFileSync(log, "a");
      await seen.has("a");
      appendFileSync(log, "b\n");
    },
    all: "1\nab\n",
  },
  {
    what: "renamed, and another one created",
    run: (_, log) => {
      renameSync(log, `${log}.1`);
      writeFileSync(log, "2\n");
    },
    all: "1\n2\n",
  },
  {
    what: "renamed, written to under the new name, then another one created",
    run: async (_, log, seen) => {
      renameSync(log, `${log}.1`);
      await setTimeout(20);
      appendFileSync(`${log}.1`, "late\n");
      await seen.has("late\n");
      writeFileSync(log, "2\n");
    },
    all: "1\nlate\n2\n",
  },
  {
    what: "renamed and created empty, the old one written to until the writer opens the new one",
    run: async (_, log, seen) => {
      renameSync(log, `${log}.1`);
      writeFileSync(log, "");
      await setTimeout(20);
      appendFileSync(`${log}.1`, "late\n");
      await seen.has("late\n");
      appendFileSync(log, "2\n");
    },
    all: "1\nlate\n2\n",
  },
  {
    what: "a line without its end is left behind",
    run: async (_, log, seen) => {
      appendFileSync(log, "half");
      await seen.has("half");
      renameSync(log, `${log}.1`);
      writeFileSync(log, "2\n");
    },
    all: "1\nhalf\n2\n",
  },
  {
    what: "copied away and truncated",
    run: async (_, log, seen) => {
      copyFileSync(log, `${log}.1`);
      truncateSync(log, 0);
      await setTimeout(30);
      appendFileSync(log, "2\n");
      await seen.has("2\n");
    },
    all: "1\n2\n",
  },
  {
    what: "truncated, and shorter when it is looked at",
    run: async (_, log, seen) => {
      appendFileSync(log, "a longer line\n");
      await seen.has("a longer line\n");
      truncateSync(log, 0);
      appendFileSync(log, "2\n");
    },
    all: "1\na longer line\n2\n",
  },
  {
    what: "removed, and later created",
    run: async (_, log) => {
      unlinkSync(log);
      await setTimeout(30);
      writeFileSync(log, "2\n");
    },
    all: "1\n2\n",
  },
  {
    what: "three rotations one after the other",
    run: async (_, log, seen) => {
      for (const n of [2, 3, 4]) {
        renameSync(log, `${log}.${9 - n}`);
        writeFileSync(log, `${n}\n`);
        await seen.has(`${n}\n`);
      }
    },
    all: "1\n2\n3\n4\n",
  },
  {
    what: "its folder is renamed, and made anew",
    run: async (home, log) => {
      renameSync(join(home, "log"), join(home, "old"));
      await setTimeout(30);
      mkdirSync(join(home, "log"));
      await setTimeout(30);
      writeFileSync(log, "2\n");
    },
    all: "1\n2\n",
  },
  {
    what: "its folder is removed, and made anew two levels deep",
    run: async (home, log) => {
      rmSync(home, { recursive: true });
      await setTimeout(30);
      mkdirSync(join(home, "log"), { recursive: true });
      writeFileSync(log, "2\n");
    },
    all: "1\n2\n",
  },
];

for (const { what, run, all } of ROWS) {
  for (const isLinked of [false, true]) {
    test(`${isLinked ? "by a link: " : ""}${what}`, { timeout: 10_000 }, async (t) => {
      const home = join(folder(), "home");
      const log = join(home, "log", "full");
      mkdirSync(join(home, "log"), { recursive: true });
      writeFileSync(log, "1\n");
      const link = join(root, String(folders), "link");
      if (isLinked) symlinkSync(log, link);
      const seen = follow(t, isLinked ? link : log);
      await seen.has("1\n");
      await run(home, log, seen);
      await seen.has(all.slice(-3));
      assert.equal(seen.text(), all);
    });
  }
}

test("it comes later, with its folders, and is read whole even when only what is new is wanted", async (t) => {
  const home = folder();
  const log = join(home, "var", "log", "full");
  const seen = follow(t, log, "end");
  await until("it is told", () => seen.troubles.length === 1);
  mkdirSync(join(home, "var"));
  await setTimeout(20);
  mkdirSync(join(home, "var", "log"));
  await setTimeout(20);
  writeFileSync(log, "1\n");
  await seen.has("1\n");
  await until("that is over", () => seen.troubles.length === 2);
  assert.deepEqual(seen.troubles, ["FOLLOW_MISSING", ""]);
});

test("a link that is set to another file", async (t) => {
  const home = folder();
  writeFileSync(join(home, "a"), "1\n");
  writeFileSync(join(home, "b"), "2\n");
  symlinkSync("a", join(home, "log"));
  const seen = follow(t, join(home, "log"));
  await seen.has("1\n");
  symlinkSync("b", join(home, "new"));
  renameSync(join(home, "new"), join(home, "log"));
  await seen.has("2\n");
  appendFileSync(join(home, "b"), "3\n");
  await seen.has("3\n");
  assert.equal(seen.text(), "1\n2\n3\n");
});

test("the right to read is lost with a rotation, and regained; so is that to the folder", {
  skip: notRoot(),
}, async (t) => {
  const home = folder();
  const log = join(home, "full");
  writeFileSync(log, "1\n");
  chmodSync(root, 0o755);
  chmodSync(home, 0o755);
  const asRoot = (work: () => void): void => {
    process.seteuid?.(0);
    work();
    process.seteuid?.(65_534);
  };
  t.after(() => process.seteuid?.(0));
  process.seteuid?.(65_534);
  const seen = follow(t, log);
  await seen.has("1\n");
  asRoot(() => {
    renameSync(log, `${log}.1`);
    writeFileSync(log, "2\n", { mode: 0o600 });
  });
  await until("it is told", () => seen.troubles.includes("FOLLOW_DENIED"));
  asRoot(() => chmodSync(log, 0o644));
  await seen.has("2\n");
  asRoot(() => {
    chmodSync(home, 0o700);
    appendFileSync(log, "3\n");
  });
  await until("it is told again", () => seen.troubles.at(-1) === "FOLLOW_DENIED");
  asRoot(() => chmodSync(home, 0o755));
  await seen.has("3\n");
  await until("that is over", () => seen.troubles.length === 4);
  assert.deepEqual([seen.text(), seen.troubles], ["1\n2\n3\n", ["FOLLOW_DENIED", "", "FOLLOW_DENIED", ""]]);
});

function notRoot(): string | false {
  return process.getuid?.() === 0 ? false : "only root can take a right away from somebody else";
}

test("only what is new; a folder, and a pipe nobody writes to, are no files", async (t) => {
  const home = folder();
  const log = join(home, "full");
  writeFileSync(log, "old\n");
  const seen = follow(t, log, "end");
  await until("it is open", () => seen.following.at() !== undefined);
  appendFileSync(log, "new\n");
  await seen.has("new\n");
  assert.equal(seen.text(), "new\n");
  const other = follow(t, home);
  await until("it is told", () => other.troubles[0] === "FOLLOW_NOT_A_FILE");
});

/** What happens while nobody follows, after "1\n" and half a line were read; and what is to be read then. */
const MEANWHILE: readonly { what: string; run: (log: string) => void; all: string; troubles?: readonly string[] }[] = [
  { what: "nothing", run: () => {}, all: "half" },
  { what: "appended to", run: (log) => appendFileSync(log, "-2\n"), all: "half-2\n" },
  {
    what: "rotated",
    run: (log) => {
      appendFileSync(log, "-2\n");
      renameSync(log, `${log}.1`);
      writeFileSync(log, "3\n");
    },
    all: "half-2\n3\n",
  },
  {
    what: "rotated twice",
    run: (log) => {
      renameSync(log, `${log}.2`);
      writeFileSync(`${log}.1`, "2\n");
      writeFileSync(log, "3\n");
    },
    all: "half\n2\n3\n",
  },
  {
    what: "rotated and packed",
    run: (log) => {
      renameSync(log, `${log}.1.gz`);
      writeFileSync(log, "3\n");
    },
    all: "3\n",
    troubles: ["FOLLOW_LOST", ""],
  },
  {
    what: "truncated",
    run: (log) => {
      truncateSync(log, 0);
      appendFileSync(log, "33\n");
    },
    all: "33\n",
  },
  {
    what: "begun anew, and longer than before",
    run: (log) => {
      truncateSync(log, 0);
      appendFileSync(log, "333333333333333\n");
    },
    all: "333333333333333\n",
  },
];

for (const { what, run, all, troubles = [] } of MEANWHILE) {
  test(`goes on where it was left: ${what}`, { timeout: 10_000 }, async (t) => {
    const log = join(folder(), "full");
    writeFileSync(log, "1\nhalf");
    const first = follow(t, log);
    await first.has("half");
    const at = first.following.at();
    await first.following.stop();
    assert.equal(at?.offset, 2);
    run(log);
    const seen = follow(t, log, at);
    await seen.has(all);
    assert.deepEqual([seen.text(), seen.troubles], [all, troubles]);
  });
}

test("nothing is handed over after stop, and what is handed over is bounded", { timeout: 10_000 }, async (t) => {
  const log = join(folder(), "full");
  writeFileSync(log, Buffer.alloc(3_000_000, "x\n"));
  let largest = 0;
  let sum = 0;
  const following = followFile(
    log,
    { from: "start" },
    {
      onBytes: (piece) => {
        largest = Math.max(largest, piece.length);
        sum += piece.length;
      },
      onTrouble: () => {},
    },
  );
  t.after(() => following.stop());
  await until("all is read", () => sum === 3_000_000);
  assert.ok(largest <= 262_144);
  await following.stop();
  appendFileSync(log, "more\n");
  await setTimeout(30);
  assert.equal(sum, 3_000_000);
});
