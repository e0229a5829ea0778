import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertLinear } from "../../test/support/linear.ts";
import { blocksOf, NO_RANGES } from "../base/index.ts";
import { LIST_LIMITS } from "./limits.ts";
import { isListFault, type ListFormat, type ParsedList, parseList } from "./parse.ts";

function read(text: string, format?: ListFormat, takesPrivate = false): ParsedList {
  const parsed = parseList(text, { format, takesPrivate });
  assert.ok(!isListFault(parsed), JSON.stringify(parsed));
  return parsed;
}

const told = (parsed: ParsedList): string[] => blocksOf(parsed.table, NO_RANGES);

for (const [what, text, format, blocks] of [
  ["an address a line", "203.0.113.7\n198.51.100.0/24\n", "plain", ["198.51.100.0/24", "203.0.113.7"]],
  ["no line end at the end, and CRLF", "203.0.113.7\r\n203.0.113.9", "plain", ["203.0.113.7", "203.0.113.9"]],
  [
    "comments",
    "# bad\n; worse\n// worst\n203.0.113.7 # seen\n203.0.113.9 ; SBL1",
    "plain",
    ["203.0.113.7", "203.0.113.9"],
  ],
  ["words after the address", "203.0.113.7 1700000000 scanner\n", "plain", ["203.0.113.7"]],
  [
    "IPv6, whose addresses stand for their /64",
    "2001:db8:1:2:3::4\n2001:db8:a::/48\n",
    "plain",
    ["2001:db8:1:2::/64", "2001:db8:a::/48"],
  ],
  ["an IPv4-mapped address", "::ffff:203.0.113.7\n", "plain", ["203.0.113.7"]],
  ["a mask", "203.0.113.0/255.255.255.0\n", "plain", ["203.0.113.0/24"]],
  ["a byte order mark", "\xef\xbb\xbf203.0.113.7\n", "plain", ["203.0.113.7"]],
  ["twice the same", "203.0.113.7\n203.0.113.7\n", "plain", ["203.0.113.7"]],
  ["nothing but comments", "# nobody\n\n", "plain", []],
  [
    "CSV with a header",
    'date,"Source IP",hits\n2026-01-01,203.0.113.7,3\n2026-01-02,203.0.113.9,1\n',
    "csv",
    ["203.0.113.7", "203.0.113.9"],
  ],
  ["CSV with semicolons and quotes", 'note;cidr\n"a;b";198.51.100.0/24\n', "csv", ["198.51.100.0/24"]],
  [
    "CSV without a header, the address second",
    "DE,203.0.113.7,x\nFR,203.0.113.9,y\n",
    "csv",
    ["203.0.113.7", "203.0.113.9"],
  ],
  ["an address before a comma", "203.0.113.7,3\n203.0.113.9,1\n", "plain", ["203.0.113.7", "203.0.113.9"]],
  [
    "a page of APIBAN",
    '{"ipaddress":["203.0.113.7","203.0.113.9"],"ID":"987654321"}',
    "apiban",
    ["203.0.113.7", "203.0.113.9"],
  ],
] as const) {
  test(`list: ${what}`, () => {
    const parsed = read(text);
    assert.deepEqual([parsed.format, told(parsed)], [format, blocks]);
  });
}

test("list: VoIPBL is read as it comes", () => {
  const parsed = read("# VoIPBL\n#Total 3\n203.0.113.7/32\n198.51.100.0/24\n0.0.0.0/32\n", "voipbl");
  assert.deepEqual([parsed.format, told(parsed)], ["voipbl", ["198.51.100.0/24", "203.0.113.7"]]);
  assert.deepEqual(parsed.leftOut, {
    tooWide: 0,
    reserved: 1,
    unreadable: 0,
    first: "line 5: 0.0.0.0/32 is not of the internet",
  });
});

test("list: what is too wide or private is left out and counted, and the first is told", () => {
  const text =
    "203.0.113.7\n128.0.0.0/7\n192.168.1.0/24\n10.0.0.1\n127.0.0.1\n2000::/18\nfe80::1\n8.0.0.0/8\n2600::/19\n";
  const { entries, leftOut } = read(text);
  assert.equal(entries, 3);
  assert.deepEqual(leftOut, { tooWide: 2, reserved: 4, unreadable: 0, first: "line 2: 128.0.0.0/7 is wider than /8" });
  assert.equal(read(text, "plain", true).leftOut.reserved, 0, "unless they are wanted");
});

for (const [what, text, format, fault] of [
  [
    "a page of HTML",
    "<html>\n<body>404</body>",
    undefined,
    { code: "LIST_INVALID", line: 1, what: 'found "<html>", expected an address or a block' },
  ],
  [
    "one bad line of two",
    "203.0.113.7\n203.0.113.256\n",
    undefined,
    { code: "LIST_INVALID", line: 2, what: 'found "203.0.113.256", expected an address or a block' },
  ],
  [
    "CSV without addresses",
    "name,count\nx,1\n",
    "csv",
    {
      code: "LIST_INVALID",
      line: 1,
      what: 'found "name,count", expected a column with addresses, or one that is called ip, address or cidr',
    },
  ],
  [
    "JSON that is no page",
    '{"error":"no"}',
    undefined,
    { code: "LIST_INVALID", line: 0, what: 'no JSON with a list "ipaddress", as APIBAN answers it' },
  ],
  [
    "half a page",
    '{"ipaddress":["203.0.113.7"',
    undefined,
    { code: "LIST_INVALID", line: 0, what: 'no JSON with a list "ipaddress", as APIBAN answers it' },
  ],
  [
    "a line without end",
    `203.0.113.7\n${"9".repeat(5_000)}`,
    undefined,
    { code: "LIST_INVALID", line: 2, what: "more than 4096 characters" },
  ],
] as const) {
  test(`list, refused: ${what}`, () => {
    assert.deepEqual(parseList(text, { format, takesPrivate: false }), fault);
  });
}

test("list: one unreadable line in a hundred is left out, two are too many", () => {
  const lines = Array.from({ length: 99 }, (_, i) => `203.0.113.${i}`);
  const { entries, leftOut } = read([...lines, "nobody"].join("\n"));
  assert.deepEqual([entries, leftOut.unreadable], [99, 1]);
  const two = parseList([...lines, "nobody", "no one"].join("\n"), { format: undefined, takesPrivate: false });
  assert.ok(isListFault(two));
  assert.equal(two.line, 100);
});

test("list: more than half a million entries are refused", () => {
  const many = (n: number): string =>
    Array.from({ length: n }, (_, i) => `${11 + (i >> 18)}.${(i >> 10) & 255}.${(i >> 2) & 255}.${(i & 3) * 2}`).join(
      "\n",
    );
  assert.equal(read(many(LIST_LIMITS.entries)).entries, LIST_LIMITS.entries);
  const over = parseList(many(LIST_LIMITS.entries + 1), { format: undefined, takesPrivate: false });
  assert.deepEqual([isListFault(over), "code" in over && over.code], [true, "LIST_TOO_LARGE"]);
});

const FORMATS = [undefined, "plain", "csv", "voipbl", "apiban"] as const;

test("property: no text makes it throw, and what is taken is no more than there are lines", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("\n", "\r\n", ",", ";", '"', "#", "/", "/24", "{", '{"ipaddress":[', "\t", "ip,", "\xef\xbb\xbf"),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom(...FORMATS), fc.boolean(), (pieces, format, takesPrivate) => {
      const text = pieces.join("");
      const parsed = parseList(text, { format, takesPrivate });
      if (!isListFault(parsed)) assert.ok(parsed.entries <= text.length);
    }),
    { numRuns: 500 },
  );
});

for (const [what, line, format] of [
  ["addresses", "203.0.113.7\n", "plain"],
  ["rubbish", "nobody at all\n", "plain"],
  ["quotes", '"a","b","203.0.113.7"\n', "csv"],
  ["empty lines", "\n", undefined],
  ["one line", "1234567890", undefined],
] as const) {
  test(`list: time is linear in length: ${what}`, () => {
    const small = line.repeat(2_000);
    const large = line.repeat(32_000);
    const run = (text: string) => () => void parseList(text, { format, takesPrivate: false });
    assertLinear(16, run(small), run(large));
  });
}
