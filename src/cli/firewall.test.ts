/** `rempart firewall` as a person types it, without any right: nothing here changes a rule. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { site } from "./cli.fixture.ts";

const SAVED = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n";

test("plan --import: exit 0 where all is covered, 1 where something would be cut off, with its line", async () => {
  const { call, folder } = site();
  const file = join(folder, "rules.txt");
  writeFileSync(file, `${SAVED}COMMIT\n`);
  const good = await call(["firewall", "plan", "--import", file]);
  assert.deepEqual([good.code, good.err], [0, ""]);
  assert.match(good.out, /^ {2}covered {2}line 3 {5}tcp 22 from anybody$/m);
  writeFileSync(file, `${SAVED}-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT\nCOMMIT\n`);
  const cut = await call(["firewall", "plan", "--import", file]);
  assert.equal(cut.code, 1);
  assert.match(cut.out, /^ {2}CUT OFF {2}line 4 {5}tcp 25 from anybody: not in the plan: tcp 25$/m);
  const json = JSON.parse((await call(["firewall", "plan", "--import", file, "-o", "json"])).out);
  assert.deepEqual(
    json.import.items.map((i: { kind: string; line: number }) => [i.kind, i.line]),
    [
      ["covered", 3],
      ["cut", 4],
    ],
  );
});

for (const [name, words, code, said] of [
  ["a file that is none", ["plan", "--import", "/dev/null"], 1, /holds no table.*\[FIREWALL_IMPORT\]/],
  ["no file", ["plan", "--import", "/nowhere"], 1, /cannot be read \(ENOENT\) \[FIREWALL_IMPORT\]/],
  ["no length of time", ["apply", "--confirm-within", "soon"], 2, /\[USAGE_LENGTH\]/],
  ["a length without end", ["apply", "--confirm-within", "2d"], 2, /at most 1d \[USAGE_LENGTH\]/],
  ["nothing to confirm", ["confirm"], 1, /\[FIREWALL_NOTHING\]/],
  ["nothing to go back to", ["rollback"], 1, /\[FIREWALL_NOTHING\]/],
] as const)
  test(`refused with words: ${name}`, async () => {
    const done = await site().call(["firewall", ...words]);
    assert.equal(done.code, code, done.out);
    assert.match(done.err, said);
    assert.match(done.err, /^safe: .*\nnext: /m);
  });

test("a name of a phone system without an address: no plan that would shut it out", async () => {
  const { call } = site('[[backend]]\nname = "a"\nuri = "sip:pbx.invalid"\n');
  const done = await call(["firewall", "plan"]);
  assert.equal(done.code, 1);
  assert.match(done.err, /backend a: pbx\.invalid has no address.*\[BACKEND_UNRESOLVED\]/);
});

test("sound is let in where a phone system is on this machine; trunks where SIP is for some alone", async () => {
  const { call, file } = site(
    '[[sip.listen]]\ntransport = "udp"\naddress = "0.0.0.0:5999"\n[[backend]]\nname = "a"\nuri = "sip:127.0.0.1:5062"\n[[trunk]]\nname = "carrier"\naddresses = ["192.0.2.9"]\n[firewall.host]\nsip = { from = ["198.51.100.0/24"] }\n',
  );
  const done = await call(["firewall", "plan"]);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /^\t\tudp dport 10000-20000 accept/m);
  assert.match(done.out, /^\t\tip saddr \{ 192\.0\.2\.9, 198\.51\.100\.0\/24 \} udp dport 5999 accept/m);
  assert.ok(file.length > 0);
});
