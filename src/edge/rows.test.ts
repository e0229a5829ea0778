import assert from "node:assert/strict";
import { test } from "node:test";
import type { BindingRow } from "./messages.ts";
import { packRows, unpackRows } from "./rows.ts";

const row: BindingRow = {
  aor: "a@b",
  contact: "sip:a@192.0.2.1",
  params: ";+sip.x",
  callId: "1",
  cseq: 4_294_967_295,
  expires: 1_790_000_000_123,
  q: 1000,
  path: ["<sip:p1;lr>", "<sip:p2;lr>"],
  instance: "<urn:uuid:1>",
  regId: 1,
  userAgent: "x",
  received: "udp:192.0.2.1:5060",
  listener: 3,
};

test("rows cross threads unchanged", () => {
  const rows = [row, { ...row, aor: "c@d", path: [], cseq: 0 }, row];
  assert.deepEqual(unpackRows(structuredClone(packRows(rows))), rows);
  assert.deepEqual(unpackRows(packRows([])), []);
});
