import assert from "node:assert/strict";
import { test } from "node:test";
import { type Buffers, judgeBuffers } from "./buffers.ts";

const MIB = 1_048_576;
const each = (receive: number, send = receive): Buffers => ({ receive, send });
const WANTED = 4 * MIB;
/** What Debian comes with. */
const USUAL = 212_992;

/** Granted, the system's limits, level, and what the words and the command must hold. */
const CASES: [string, Buffers, Buffers | undefined, string, RegExp, RegExp?][] = [
  ["enough, and the limits too", each(WANTED), each(WANTED), "ok", /^4096 KiB each way$/],
  ["more than enough", each(8 * MIB), each(8 * MIB), "ok", /^4096 KiB each way$/],
  [
    "low limits, forced by right",
    each(WANTED),
    each(USUAL),
    "ok",
    /past net\.core\.rmem_max = 212992, net\.core\.wmem_max/,
  ],
  ["one low limit, forced by right", each(WANTED), each(WANTED, USUAL), "ok", /past net\.core\.wmem_max = 212992 by/],
  ["enough, limits not shown", each(WANTED), undefined, "ok", /^4096 KiB each way$/],
  [
    "short both ways",
    each(USUAL),
    each(USUAL),
    "warn",
    /get 208 KiB to receive and 208 KiB to send, 4096 KiB are asked for/,
    /^sysctl -w net\.core\.rmem_max=4194304 net\.core\.wmem_max=4194304; /,
  ],
  [
    "short one way: only that is named",
    each(USUAL, WANTED),
    each(USUAL, WANTED),
    "warn",
    /get 208 KiB to receive, /,
    /^sysctl -w net\.core\.rmem_max=4194304; /,
  ],
  [
    "a byte short",
    each(WANTED, WANTED - 1),
    each(WANTED, WANTED - 1),
    "warn",
    /4095 KiB to send/,
    /wmem_max=4194304; /,
  ],
  [
    "short in a container",
    each(USUAL),
    undefined,
    "warn",
    /208 KiB/,
    /wmem_max=4194304, on the host of this container; /,
  ],
];

for (const [name, granted, limit, level, what, run] of CASES) {
  test(`doctor, buffers: ${name}`, () => {
    const found = judgeBuffers(WANTED, granted, limit);
    assert.equal(found.level, level, found.what);
    assert.match(found.what, what);
    assert.equal(found.run !== undefined, run !== undefined);
    if (run !== undefined) assert.match(found.run ?? "", run);
  });
}
