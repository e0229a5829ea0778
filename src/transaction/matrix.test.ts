/**
 * Every event in every state of every machine, over both kinds of transport: late, twice, out of order, or meant for another
 * machine. A cell says the effects and, when it changes, the state: "deliver+ack>completed"; "-" nothing happens and nothing
 * changes; "/" this timer does not run in this state.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTS, give, MAKE, type MachineName, stateName, words } from "./machines.fixture.ts";
import type { Transaction } from "./transaction.ts";

interface Matrix {
  readonly machine: MachineName;
  readonly reliable: boolean;
  /** By column: events with their times that lead there. A word behind the state tells how, where there are two ways. */
  readonly ways: Readonly<Record<string, readonly (readonly [at: number, event: string])[]>>;
  readonly table: string;
}

const TIMERS = ["timer early", "timer again", "timer end"];

const matrices: Matrix[] = [
  {
    machine: "invite client",
    reliable: false,
    ways: {
      calling: [],
      proceeding: [[1, "response 180"]],
      "proceeding cancelled": [
        [1, "response 180"],
        [2, "cancel"],
      ],
      completed: [[1, "response 603"]],
      accepted: [[1, "response 200"]],
      terminated: [[1, "transport error"]],
    },
    table: `
      request         | -                     | -                     | -                     | -                       | -       | -
      ack             | -                     | -                     | -                     | -                       | -       | -
      cancel          | -                     | -                     | -                     | -                       | -       | -
      respond 100     | -                     | -                     | -                     | -                       | -       | -
      respond 183     | -                     | -                     | -                     | -                       | -       | -
      respond 200     | -                     | -                     | -                     | -                       | -       | -
      respond 408     | -                     | -                     | -                     | -                       | -       | -
      respond 486     | -                     | -                     | -                     | -                       | -       | -
      response 100    | deliver>proceeding    | deliver               | deliver               | -                       | -       | -
      response 180    | deliver>proceeding    | deliver               | deliver               | -                       | -       | -
      response 200    | deliver>accepted      | deliver>accepted      | deliver>accepted      | -                       | deliver | -
      response 302    | deliver+ack>completed | deliver+ack>completed | deliver+ack>completed | ack                     | -       | -
      response 603    | deliver+ack>completed | deliver+ack>completed | deliver+ack>completed | ack                     | -       | -
      transport error | failed+ended>terminated | failed+ended>terminated | failed+ended>terminated | failed+ended>terminated | -   | -
      timer early     | -                     | /                     | -                     | -                       | -       | /
      timer again     | send                  | /                     | /                     | /                       | /       | /
      timer end       | timeout+ended>terminated | /                  | timeout+ended>terminated | ended>terminated     | ended>terminated | /`,
  },
  {
    machine: "invite client",
    reliable: true,
    ways: {
      calling: [],
      proceeding: [[1, "response 180"]],
      accepted: [[1, "response 200"]],
      terminated: [[1, "response 603"]],
    },
    table: `
      request         | -                           | -                           | -       | -
      ack             | -                           | -                           | -       | -
      cancel          | -                           | -                           | -       | -
      respond 100     | -                           | -                           | -       | -
      respond 183     | -                           | -                           | -       | -
      respond 200     | -                           | -                           | -       | -
      respond 408     | -                           | -                           | -       | -
      respond 486     | -                           | -                           | -       | -
      response 100    | deliver>proceeding          | deliver                     | -       | -
      response 180    | deliver>proceeding          | deliver                     | -       | -
      response 200    | deliver>accepted            | deliver>accepted            | deliver | -
      response 302    | deliver+ack+ended>terminated | deliver+ack+ended>terminated | -     | -
      response 603    | deliver+ack+ended>terminated | deliver+ack+ended>terminated | -     | -
      transport error | failed+ended>terminated     | failed+ended>terminated     | -       | -
      timer early     | -                           | /                           | -       | /
      timer again     | /                           | /                           | /       | /
      timer end       | timeout+ended>terminated    | /                           | ended>terminated | /`,
  },
  {
    machine: "non-invite client",
    reliable: false,
    ways: {
      trying: [],
      proceeding: [[1, "response 100"]],
      completed: [[1, "response 200"]],
      terminated: [[1, "transport error"]],
    },
    table: `
      request         | -                        | -                        | -                | -
      ack             | -                        | -                        | -                | -
      cancel          | -                        | -                        | -                | -
      respond 100     | -                        | -                        | -                | -
      respond 183     | -                        | -                        | -                | -
      respond 200     | -                        | -                        | -                | -
      respond 408     | -                        | -                        | -                | -
      respond 486     | -                        | -                        | -                | -
      response 100    | deliver>proceeding       | deliver                  | -                | -
      response 180    | deliver>proceeding       | deliver                  | -                | -
      response 200    | deliver>completed        | deliver>completed        | -                | -
      response 302    | deliver>completed        | deliver>completed        | -                | -
      response 603    | deliver>completed        | deliver>completed        | -                | -
      transport error | failed+ended>terminated  | failed+ended>terminated  | -                | -
      timer early     | -                        | -                        | -                | /
      timer again     | send                     | send                     | /                | /
      timer end       | timeout+ended>terminated | timeout+ended>terminated | ended>terminated | /`,
  },
  {
    machine: "non-invite client",
    reliable: true,
    ways: { trying: [], proceeding: [[1, "response 100"]], terminated: [[1, "response 200"]] },
    table: `
      request         | -                        | -                        | -
      ack             | -                        | -                        | -
      cancel          | -                        | -                        | -
      respond 100     | -                        | -                        | -
      respond 183     | -                        | -                        | -
      respond 200     | -                        | -                        | -
      respond 408     | -                        | -                        | -
      respond 486     | -                        | -                        | -
      response 100    | deliver>proceeding       | deliver                  | -
      response 180    | deliver>proceeding       | deliver                  | -
      response 200    | deliver+ended>terminated | deliver+ended>terminated | -
      response 302    | deliver+ended>terminated | deliver+ended>terminated | -
      response 603    | deliver+ended>terminated | deliver+ended>terminated | -
      transport error | failed+ended>terminated  | failed+ended>terminated  | -
      timer early     | -                        | -                        | /
      timer again     | /                        | /                        | /
      timer end       | timeout+ended>terminated | timeout+ended>terminated | /`,
  },
  {
    machine: "invite server",
    reliable: false,
    ways: {
      proceeding: [],
      "proceeding answered": [[1, "respond 100"]],
      completed: [[1, "respond 486"]],
      confirmed: [
        [1, "respond 486"],
        [2, "ack"],
      ],
      accepted: [[1, "respond 200"]],
      terminated: [
        [1, "respond 200"],
        [32_001, "timer"],
      ],
    },
    table: `
      request         | -              | send           | send                     | -                | -                | -
      ack             | -              | -              | ->confirmed              | -                | deliver          | -
      cancel          | -              | -              | -                        | -                | -                | -
      respond 100     | send           | send           | -                        | -                | -                | -
      respond 183     | send           | send           | -                        | -                | -                | -
      respond 200     | send>accepted  | send>accepted  | pass                     | pass             | send             | -
      respond 408     | send>completed | send>completed | -                        | -                | -                | -
      respond 486     | send>completed | send>completed | -                        | -                | -                | -
      response 100    | -              | -              | -                        | -                | -                | -
      response 180    | -              | -              | -                        | -                | -                | -
      response 200    | -              | -              | -                        | -                | -                | -
      response 302    | -              | -              | -                        | -                | -                | -
      response 603    | -              | -              | -                        | -                | -                | -
      transport error | failed         | failed         | failed                   | -                | failed           | -
      timer early     | /              | /              | -                        | -                | -                | /
      timer again     | /              | /              | send                     | /                | /                | /
      timer end       | /              | /              | timeout+ended>terminated | ended>terminated | ended>terminated | /`,
  },
  {
    machine: "invite server",
    reliable: true,
    ways: {
      proceeding: [],
      "proceeding answered": [[1, "respond 100"]],
      completed: [[1, "respond 486"]],
      accepted: [[1, "respond 200"]],
      terminated: [
        [1, "respond 486"],
        [2, "ack"],
      ],
    },
    table: `
      request         | -              | send           | send                     | -                | -
      ack             | -              | -              | ended>terminated         | deliver          | -
      cancel          | -              | -              | -                        | -                | -
      respond 100     | send           | send           | -                        | -                | -
      respond 183     | send           | send           | -                        | -                | -
      respond 200     | send>accepted  | send>accepted  | pass                     | send             | -
      respond 408     | send>completed | send>completed | -                        | -                | -
      respond 486     | send>completed | send>completed | -                        | -                | -
      response 100    | -              | -              | -                        | -                | -
      response 180    | -              | -              | -                        | -                | -
      response 200    | -              | -              | -                        | -                | -
      response 302    | -              | -              | -                        | -                | -
      response 603    | -              | -              | -                        | -                | -
      transport error | failed         | failed         | failed                   | failed           | -
      timer early     | /              | /              | -                        | -                | /
      timer again     | /              | /              | /                        | /                | /
      timer end       | /              | /              | timeout+ended>terminated | ended>terminated | /`,
  },
  {
    machine: "non-invite server",
    reliable: false,
    ways: {
      trying: [],
      "trying late": [[3_500, "timer"]],
      proceeding: [[3_500, "respond 100"]],
      completed: [[1, "respond 200"]],
      terminated: [
        [1, "respond 200"],
        [32_001, "timer"],
      ],
    },
    table: `
      request         | -                        | -                        | send                     | send             | -
      ack             | -                        | -                        | -                        | -                | -
      cancel          | -                        | -                        | -                        | -                | -
      respond 100     | -                        | send>proceeding          | send                     | -                | -
      respond 183     | -                        | -                        | -                        | -                | -
      respond 200     | send>completed           | send>completed           | send>completed           | -                | -
      respond 408     | -                        | -                        | -                        | -                | -
      respond 486     | send>completed           | send>completed           | send>completed           | -                | -
      response 100    | -                        | -                        | -                        | -                | -
      response 180    | -                        | -                        | -                        | -                | -
      response 200    | -                        | -                        | -                        | -                | -
      response 302    | -                        | -                        | -                        | -                | -
      response 603    | -                        | -                        | -                        | -                | -
      transport error | failed                   | failed                   | failed                   | failed           | -
      timer early     | -                        | -                        | -                        | -                | /
      timer again     | trying                   | /                        | /                        | /                | /
      timer end       | timeout+ended>terminated | timeout+ended>terminated | timeout+ended>terminated | ended>terminated | /`,
  },
  {
    machine: "non-invite server",
    reliable: true,
    ways: {
      trying: [],
      "trying late": [[3_500, "timer"]],
      proceeding: [[1, "respond 100"]],
      terminated: [[1, "respond 200"]],
    },
    table: `
      request         | -                        | -                        | send                     | -
      ack             | -                        | -                        | -                        | -
      cancel          | -                        | -                        | -                        | -
      respond 100     | send>proceeding          | send>proceeding          | send                     | -
      respond 183     | -                        | -                        | -                        | -
      respond 200     | send+ended>terminated    | send+ended>terminated    | send+ended>terminated    | -
      respond 408     | -                        | -                        | -                        | -
      respond 486     | send+ended>terminated    | send+ended>terminated    | send+ended>terminated    | -
      response 100    | -                        | -                        | -                        | -
      response 180    | -                        | -                        | -                        | -
      response 200    | -                        | -                        | -                        | -
      response 302    | -                        | -                        | -                        | -
      response 603    | -                        | -                        | -                        | -
      transport error | failed                   | failed                   | failed                   | -
      timer early     | -                        | -                        | -                        | /
      timer again     | trying                   | /                        | /                        | /
      timer end       | timeout+ended>terminated | timeout+ended>terminated | timeout+ended>terminated | /`,
  },
];

for (const m of matrices) {
  const title = `${m.machine}, ${m.reliable ? "reliable" : "unreliable"}`;
  const rows = readTable(m.table);
  test(`${title}: the table leaves out no event and no state that can be reached`, () => {
    const events = [...Object.keys(EVENTS).filter((e) => e !== "timer"), ...TIMERS];
    assert.deepEqual([...rows.keys()].sort(), events.sort());
    for (const [event, cells] of rows) assert.equal(cells.length, Object.keys(m.ways).length, event);
    const columns = new Set(Object.keys(m.ways).map((way) => way.split(" ")[0]));
    assert.deepEqual([...columns].sort(), [...reachable(m)].sort());
    for (const way of Object.keys(m.ways)) assert.equal(stateName(arrive(m, way).tx.state), way.split(" ")[0], way);
  });
  for (const [event, cells] of rows)
    test(`${title}: ${event}`, () => {
      for (const [column, way] of Object.keys(m.ways).entries()) check(m, way, event, cells[column]);
    });
}

/** One cell. */
function check(m: Matrix, way: string, event: string, cell: string): void {
  const { tx, now } = arrive(m, way);
  const where = `${event} in ${way}`;
  const at = timeOf(tx, event, now);
  if (cell === "/") {
    assert.equal(at, Number.POSITIVE_INFINITY, `${where}: the timer runs`);
    return;
  }
  assert.ok(Number.isFinite(at), `${where}: the timer does not run`);
  const before = { ...tx };
  const mask = give(tx, TIMERS.includes(event) ? "timer" : event, at);
  const state = stateName(tx.state);
  const seen = state === stateName(before.state) ? words(mask) : `${words(mask)}>${state}`;
  assert.equal(seen, cell, where);
  // The CANCEL that starts its clock is the one thing that happens unseen.
  if (cell === "-" && !(event === "cancel" && tx.endAt !== before.endAt)) assert.deepEqual({ ...tx }, before, where);
}

/** When the event is due in this state; Infinity for a timer that does not run. */
function timeOf(tx: Transaction, event: string, now: number): number {
  if (event === "timer early") return tx.due - 1;
  if (event === "timer again") return tx.due < tx.endAt ? tx.due : Number.POSITIVE_INFINITY;
  if (event === "timer end") return tx.endAt;
  return now + 10;
}

function arrive(m: Matrix, way: string): { tx: Transaction; now: number } {
  const tx = MAKE[m.machine](m.reliable, 0);
  let now = 0;
  for (const [at, event] of m.ways[way]) {
    give(tx, event, at);
    now = at;
  }
  return { tx, now };
}

/** Every state that any events lead to, found by trying: all sequences of up to three, each at once or when a timer is due. */
function reachable(m: Matrix): Set<string> {
  const found = new Set<string>();
  const visit = (path: readonly (readonly [string, number])[]): void => {
    const tx = MAKE[m.machine](m.reliable, 0);
    let now = 0;
    for (const [event, wait] of path) {
      now = wait === 0 || tx.due === Number.POSITIVE_INFINITY ? now + 1 : tx.due;
      give(tx, event, now);
    }
    found.add(stateName(tx.state));
    if (path.length < 3 && stateName(tx.state) !== "terminated")
      for (const event of Object.keys(EVENTS)) for (const wait of [0, 1]) visit([...path, [event, wait]]);
  };
  visit([]);
  return found;
}

/** Rows by event, cells by column. */
function readTable(table: string): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const line of table.split("\n")) {
    if (line.trim() === "") continue;
    const [event, ...cells] = line.split("|").map((cell) => cell.trim());
    assert.ok(!rows.has(event), `${event} stands twice`);
    rows.set(event, cells);
  }
  return rows;
}
