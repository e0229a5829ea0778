/** Parts of the guard that need no daemon. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Fact } from "../../shield/index.ts";
import { findFail2ban, readFail2ban } from "./fail2ban.ts";
import { Once } from "./once.ts";
import { Silence } from "./silence.ts";
import { Witness } from "./witness.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-guard-"));
after(() => rmSync(root, { recursive: true, force: true }));

const FACT: Fact = {
  kind: "wrongPassword",
  at: 0,
  address: "192.0.2.7",
  transport: "udp",
  proved: false,
  account: "100",
  device: "",
  detail: "",
  reference: "call a",
  message: "",
  times: 1,
};

/** Requirement, facts as [source, at, what is other], and which of them are news. */
const ONCE: readonly [string, readonly (readonly [number, number, Partial<Fact>])[], string][] = [
  [
    "the same source again is another attempt",
    [
      [0, 0, {}],
      [0, 10, {}],
      [0, 20, {}],
    ],
    "111",
  ],
  [
    "two sources tell of one",
    [
      [0, 0, {}],
      [1, 900, {}],
    ],
    "10",
  ],
  [
    "two sources tell of two",
    [
      [0, 0, {}],
      [0, 1, {}],
      [1, 2, {}],
      [1, 3, {}],
    ],
    "1100",
  ],
  [
    "one source tells of more than the other",
    [
      [0, 0, {}],
      [1, 1, {}],
      [1, 2, {}],
    ],
    "101",
  ],
  [
    "much later it is another one",
    [
      [0, 0, {}],
      [1, 6_000, {}],
    ],
    "11",
  ],
  [
    "other addresses, calls and kinds",
    [
      [0, 0, {}],
      [1, 0, { address: "192.0.2.8" }],
      [1, 0, { reference: "call b" }],
      [1, 0, { kind: "injection" }],
    ],
    "1111",
  ],
  [
    "without a call it is kind, account and detail",
    [
      [0, 0, { reference: "" }],
      [1, 0, { reference: "" }],
      [1, 0, { reference: "", account: "101" }],
    ],
    "101",
  ],
];
for (const [what, facts, news] of ONCE) {
  test(`once: ${what}`, () => {
    const once = new Once();
    assert.equal(
      facts.map(([source, at, more]) => (once.isNew({ ...FACT, at, ...more }, source) ? "1" : "0")).join(""),
      news,
    );
  });
}

test("silence: packets for a day and no caller; not without packets, not without the kernel, not when one was heard", () => {
  const HOUR = 3_600_000;
  const run = (last: (hour: number) => number, seen: (hour: number) => number | undefined): number => {
    const silence = new Silence(0);
    for (let hour = 1; hour <= 60; hour++) {
      const packets = seen(hour);
      if (silence.look(hour * HOUR, last(hour), packets === undefined ? {} : { seen: packets }) !== undefined)
        return hour;
    }
    return 0;
  };
  assert.equal(
    run(
      () => 0,
      (h) => h * 50,
    ),
    24,
  );
  assert.equal(
    run(
      () => 0,
      () => 5,
    ),
    0,
  );
  assert.equal(
    run(
      () => 0,
      () => undefined,
    ),
    0,
  );
  assert.equal(
    run(
      (h) => (h >= 20 ? 20 * HOUR : 0),
      (h) => h * 50,
    ),
    44,
  );
  assert.equal(
    run(
      (h) => (h - (h % 12)) * HOUR,
      (h) => h * 50,
    ),
    0,
  );
  // The table is made anew each hour: its counter begins at 0 again.
  assert.equal(
    run(
      () => 0,
      (h) => (h % 2) * 50,
    ),
    24,
  );
});

test("witness: the line of that number, without what answers a challenge, as long as it is kept", () => {
  const witness = new Witness();
  witness.add(0, 'Response="c0ffee",ExpectedResponse="c0ffee",ReceivedHash="c0ffee"');
  assert.equal(witness.line(0), 'Response="…",ExpectedResponse="…",ReceivedHash="…"');
  witness.keep(0);
  for (let i = 1; i < 1_024; i++) witness.add(i, `line ${i}`);
  assert.match(witness.line(0), /^Response/);
  assert.equal(witness.line(1_023), "line 1023");
  witness.add(1_024, "another");
  assert.deepEqual([witness.line(0), witness.line(1_024)], ["", "another"]);
});

test("fail2ban: all files of its folder in its order; one that runs and guards a phone system is told, any other is not", async () => {
  const etc = join(root, "fail2ban");
  mkdirSync(join(etc, "jail.d"), { recursive: true });
  const files = {
    "jail.conf": "[asterisk]\nmaxretry = 1\n",
    "jail.local": "[asterisk]\nmaxretry = 3\n",
    "jail.d/a.conf": "[asterisk]\nmaxretry = 2\nenabled = true\n",
    "jail.d/b.local": "[asterisk]\nmaxretry = 4\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, name), text);
  assert.equal(readFail2ban(etc)?.ini.get("asterisk", "maxretry"), "4");
  assert.equal(readFail2ban(join(root, "nowhere")), undefined);
  const proc = (comm: string): string => {
    const folder = mkdtempSync(join(root, "proc-"));
    mkdirSync(join(folder, "77"));
    writeFileSync(join(folder, "77", "comm"), `${comm}\n`);
    return folder;
  };
  assert.equal(await findFail2ban(etc, proc("sshd")), undefined);
  const ask = async (): Promise<undefined> => undefined;
  const found = await findFail2ban(etc, proc("fail2ban-server"), ask);
  assert.match(
    `${found?.code} ${found?.what} ${found?.next}`,
    /^WATCH_FAIL2BAN .*\(asterisk; its files say so\) .*watch import/,
  );
  const said = await findFail2ban(etc, proc("fail2ban-server"), async () => ["sshd"]);
  assert.equal(said, undefined, "what it says itself counts more than its files");
});
