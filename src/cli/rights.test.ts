/** `account set` and `trunk`, as an operator types them, with the daemon running and without. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Site, site } from "./cli.fixture.ts";

async function withAnna(extra = ""): Promise<Site> {
  const s = site(extra);
  const added = await s.call(["account", "add", "anna-desk"]);
  assert.equal(added.code, 0, added.err);
  return s;
}

async function listed(s: Site): Promise<{ rights?: object }[]> {
  const done = await s.call(["account", "list", "-o", "json"]);
  assert.equal(done.code, 0, done.err);
  return JSON.parse(done.out);
}

test("account set: classes, permit and deny in the order they were typed, and back again", async () => {
  const s = await withAnna();
  const args = [
    "--classes",
    "national,international",
    "--deny",
    "all",
    "--permit",
    "10.0.0.5/8",
    "--deny",
    "10.1.0.0/16",
  ];
  const set = await s.call(["account", "set", "anna-desk", ...args]);
  assert.equal(set.code, 0, set.err);
  assert.match(set.out, /may call +national, international\n/);
  assert.match(set.out, /used from +deny all\n +permit 10\.0\.0\.0\/8\n +deny 10\.1\.0\.0\/16\n/);
  const acl = ["-all", "+10.0.0.0/8", "-10.1.0.0/16"];
  assert.deepEqual((await listed(s))[0].rights, { classes: ["national", "international"], acl, pin: false });
  const back = await s.call(["account", "set", "anna-desk", "--classes", "default", "--no-acl"]);
  assert.equal(back.code, 0, back.err);
  assert.equal((await listed(s))[0].rights, undefined);
});

test("account set: --no-acl beside rules replaces what was there and opens nothing", async () => {
  const s = await withAnna();
  await s.call(["account", "set", "anna-desk", "--deny", "10.0.0.0/8"]);
  const set = await s.call(["account", "set", "anna-desk", "--no-acl", "--deny", "all"]);
  assert.equal(set.code, 0, set.err);
  assert.deepEqual((await listed(s))[0].rights, { classes: null, acl: ["-all"], pin: false });
});

test("account set: a PIN is proposed and shown once, or read from stdin, and never shown again", async () => {
  const s = await withAnna();
  const set = await s.call(["account", "set", "anna-desk", "--pin"]);
  const pin = /new PIN +(\d{6}) /.exec(set.out)?.[1];
  assert.ok(pin !== undefined, set.out);
  const list = await s.call(["account", "list", "-o", "json"]);
  assert.ok(!list.out.includes(pin));
  assert.match((await s.call(["account", "list"])).out, /PIN$/m);
  const given = await s.run(["account", "set", "anna-desk", "--pin-stdin"], "8305\n");
  assert.equal(given.code, 0, given.err);
  assert.ok(!given.out.includes("8305"));
  assert.equal((await s.call(["account", "set", "anna-desk", "--no-pin"])).code, 0);
  assert.equal((await listed(s))[0].rights, undefined);
});

const REFUSED: [name: string, args: string[], stdin: string, code: RegExp][] = [
  ["an unknown class", ["--classes", "abroad"], "", /expected some of internal.*RIGHTS_INVALID/],
  ["no address", ["--deny", "everybody"], "", /"everybody", expected all.*RIGHTS_INVALID/],
  ["a PIN that is tried first", ["--pin-stdin"], "9876", /RIGHTS_INVALID/],
  ["a PIN with letters", ["--pin-stdin"], "12ab", /RIGHTS_INVALID/],
  ["an empty PIN", ["--pin-stdin"], "", /USAGE/],
];
test("account set refuses what is none, and nothing is changed", async (t) => {
  const s = await withAnna();
  for (const [name, args, stdin, code] of REFUSED) {
    await t.test(name, async () => {
      const words = ["account", "set", "anna-desk", ...args];
      const done = await s.call(words, args.includes("--pin-stdin") ? stdin : undefined);
      assert.notEqual(done.code, 0);
      assert.match(done.err, code);
      assert.ok(stdin === "" || !done.err.includes(stdin), "a PIN is never repeated");
    });
  }
  assert.equal((await listed(s))[0].rights, undefined);
});

test("account set of nobody: ACCOUNT_UNKNOWN", async () => {
  const done = await site().call(["account", "set", "nobody", "--classes", "none"]);
  assert.equal(done.code, 1);
  assert.match(done.err, /ACCOUNT_UNKNOWN/);
});

test("trunk add, list, remove without a daemon; test needs one", async () => {
  const s = site('[[trunk]]\nname = "fixed"\naddresses = ["198.51.100.1"]\n');
  assert.equal((await s.call(["trunk", "add", "ovh", "203.0.113.9/28", "2001:DB8::1", "--transport", "tcp"])).code, 0);
  const list = await s.call(["trunk", "list"]);
  assert.match(list.out, /fixed +any +any +configuration +198\.51\.100\.1\n/);
  assert.match(list.out, /ovh +tcp +any +command +203\.0\.113\.0\/28 2001:db8::1\n/);
  const json = await s.call(["trunk", "list", "-o", "json"]);
  assert.deepEqual(
    (JSON.parse(json.out) as { name: string; origin: string }[]).map((t) => [t.name, t.origin]),
    [
      ["fixed", "configuration"],
      ["ovh", "store"],
    ],
  );
  const tried = await s.call(["trunk", "test", "ovh"]);
  assert.equal(tried.code, 3);
  assert.match(tried.err, /DAEMON_ABSENT/);
  assert.equal((await s.call(["trunk", "remove", "ovh"])).code, 0);
  assert.match((await s.call(["trunk", "remove", "ovh"])).err, /TRUNK_UNKNOWN/);
  assert.match((await s.call(["trunk", "remove", "fixed"])).err, /TRUNK_CONFIGURED/);
});

const BAD_TRUNKS: [name: string, args: string[], code: RegExp][] = [
  ["the whole internet", ["x", "0.0.0.0/0"], /TRUNK_INVALID/],
  ["no address", ["x", "carrier.example"], /TRUNK_INVALID/],
  ["an unknown transport", ["x", "203.0.113.1", "--transport", "sctp"], /TRUNK_INVALID/],
  ["a name that is none", ["a b", "203.0.113.1"], /TRUNK_INVALID/],
  ["no addresses at all", ["x"], /USAGE/],
];
for (const [name, args, code] of BAD_TRUNKS) {
  test(`trunk add refuses ${name}`, async () => {
    const done = await site().call(["trunk", "add", ...args]);
    assert.notEqual(done.code, 0);
    assert.match(done.err, code);
  });
}
