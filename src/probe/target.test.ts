import assert from "node:assert/strict";
import { test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { readAccounts } from "./accounts.ts";
import { findTarget } from "./target.ts";

const waysOf = async (text: string, transports = ""): Promise<string> => {
  const found = await findTarget(text, transports);
  return isTrouble(found)
    ? found.code
    : `${found.domain} ${found.ways.map((w) => `${w.transport}:${w.port}`).join(" ")}`;
};

test("a target as it is written", async () => {
  for (const [text, transports, expected] of [
    ["sip:192.0.2.1", "", "192.0.2.1 udp:5060 tcp:5060 tls:5061 ws:8088 wss:8089 wss:443"],
    ["192.0.2.1:5080", "udp,tcp", "192.0.2.1:5080 udp:5080 tcp:5080"],
    ["sip:192.0.2.1:5080", "udp,tls", "192.0.2.1:5080 udp:5080 tls:5061"],
    ["sip:192.0.2.1:5071", "tls", "192.0.2.1:5071 tls:5071"],
    ["sip:192.0.2.1:5080", "udp,tls:5081,wss:443", "192.0.2.1:5080 udp:5080 tls:5081 wss:443"],
    ["sips:192.0.2.1", "", "192.0.2.1 tls:5061"],
    ["sip:192.0.2.1;transport=tcp", "", "192.0.2.1 tcp:5060"],
    ["sip:[2001:db8::1]:5060", "udp", "[2001:db8::1] udp:5060"],
    ["sip:localhost:5090", "udp", "localhost udp:5090"],
    ["sip:", "", "USAGE_TARGET"],
    ["sip:192.0.2.1:0", "", "USAGE_TARGET"],
    ["sip:192.0.2.1:70000", "", "USAGE_TARGET"],
    ["http://x/", "", "USAGE_TARGET"],
    ["sip:a b", "", "USAGE_TARGET"],
    ["sip:192.0.2.1", "sctp", "USAGE_TARGET"],
    ["sip:192.0.2.1", "udp:0", "USAGE_TARGET"],
    ["sip:nothing.invalid:5060", "udp", "PROBE_NAME"],
  ] as const) {
    assert.equal(await waysOf(text, transports), expected, `${text} ${transports}`);
  }
});

test("a list of accounts as it is written", () => {
  const read = (text: string): unknown => {
    const accounts = readAccounts(text);
    return isTrouble(accounts) ? accounts.code : accounts.map((a) => [a.user, a.domain, a.password]);
  };
  assert.deepEqual(read("user,password\r\nalice,a,b\r\n\r\n# no\r\nbob@x.org,\r\ncarol\r\n"), [
    ["alice", "", "a,b"],
    ["bob", "x.org", ""],
    ["carol", "", ""],
  ]);
  for (const bad of ["", "# nothing\n", "a b,c", "alice\r\nVia: x,y", "<x>,y", `${"a,b\n".repeat(1_001)}`]) {
    assert.equal(read(bad), "USAGE_ACCOUNTS", JSON.stringify(bad.slice(0, 20)));
  }
});
