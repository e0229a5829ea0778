import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { LIMITS } from "../base/index.ts";
import { StreamChannel } from "./channel.ts";
import { type CloseReason, Connection, overdue } from "./connection.ts";

const LISTENER = {
  index: 0,
  transport: "tcp",
  family: 4,
  address: "127.0.0.1",
  port: 5060,
  advertise: "",
  side: "public",
} as const;

test("connection: which timeout it has run into, at the very millisecond", () => {
  type State = Partial<Pick<Connection, "opening" | "held" | "halfSince" | "stalledSince" | "lastUse">>;
  for (const [what, state, at, expected] of [
    ["fresh", {}, 299_999, undefined],
    ["idle", {}, 300_000, "idle"],
    ["held by a binding", { held: true }, 9_000_000, undefined],
    ["opening", { opening: true }, 4_999, undefined],
    ["never opened", { opening: true }, 5_000, "connect"],
    ["half a message", { halfSince: 1_000 }, 4_999, undefined],
    ["half a message, too long", { halfSince: 1_000 }, 5_000, "halfMessage"],
    ["half a message, held", { halfSince: 1_000, held: true }, 5_000, "halfMessage"],
    // What it could send we do not read: that is not its fault.
    ["stalled with half a message", { stalledSince: 1_000, halfSince: 1_000 }, 32_999, undefined],
    ["stalled", { stalledSince: 1_000 }, 33_000, "stall"],
    ["stalled, held", { stalledSince: 1_000, held: true }, 33_000, "stall"],
    ["used", { lastUse: 100_000 }, 399_999, undefined],
  ] as [string, State, number, CloseReason | undefined][]) {
    const about = { listener: LISTENER, host: "127.0.0.1", port: 1, sentBy: "", opening: false };
    const c = Object.assign(new Connection(new StreamChannel(new Socket()), about, 0), state);
    assert.equal(overdue(c, LIMITS, at), expected, what);
  }
});
