/** What the tests of the machines share: transactions without sockets, events and effects as words. */
import assert from "node:assert/strict";
import type { Flow } from "../base/index.ts";
import { Effect, Event, type EventCode } from "./effects.ts";
import { step } from "./step.ts";
import {
  inviteClient,
  inviteServer,
  nonInviteClient,
  nonInviteServer,
  State,
  type StateCode,
  type Transaction,
} from "./transaction.ts";

export function flowOf(reliable: boolean): Flow {
  const transport = reliable ? "tcp" : "udp";
  const listener = {
    index: 0,
    transport,
    family: 4,
    address: "192.0.2.1",
    port: 5060,
    advertise: "",
    side: "public",
  } as const;
  return {
    id: 1,
    transport,
    reliable,
    listener,
    family: 4,
    host: "192.0.2.2",
    port: 5060,
    sentBy: "192.0.2.1:5060",
    open: true,
  };
}

export const MAKE = {
  "invite server": (reliable: boolean, now: number): Transaction => inviteServer("k", flowOf(reliable), now),
  "non-invite server": (reliable: boolean, now: number): Transaction => nonInviteServer("k", flowOf(reliable), now),
  "invite client": (reliable: boolean, now: number): Transaction => inviteClient("k", flowOf(reliable), "request", now),
  "non-invite client": (reliable: boolean, now: number): Transaction =>
    nonInviteClient("k", flowOf(reliable), "request", now),
} as const;
export type MachineName = keyof typeof MAKE;

/** Every kind of event there is; a status stands for its class. */
export const EVENTS: Readonly<Record<string, readonly [EventCode, number]>> = {
  request: [Event.request, 0],
  ack: [Event.ack, 0],
  cancel: [Event.cancel, 0],
  "respond 100": [Event.respond, 100],
  "respond 183": [Event.respond, 183],
  "respond 200": [Event.respond, 200],
  "respond 408": [Event.respond, 408],
  "respond 486": [Event.respond, 486],
  "response 100": [Event.response, 100],
  "response 180": [Event.response, 180],
  "response 200": [Event.response, 200],
  "response 302": [Event.response, 302],
  "response 603": [Event.response, 603],
  "transport error": [Event.transportError, 0],
  timer: [Event.timer, 0],
};

/** Gives a transaction an event by name; what the TU says is its own name. */
export function give(tx: Transaction, name: string, now: number): number {
  const event = EVENTS[name];
  assert.ok(event, `no event "${name}"`);
  return step(tx, event[0], now, event[1], event[0] === Event.respond ? name : "");
}

/** A mask as words in the order of execution; "-" for none. */
export function words(mask: number): string {
  const names = Object.entries(Effect).filter(([, bit]) => bit !== 0 && (mask & bit) !== 0);
  const known = names.reduce((sum, [, bit]) => sum | bit, 0);
  assert.equal(mask, known, "an effect without a name");
  return names.length === 0 ? "-" : names.map(([name]) => name).join("+");
}

export function stateName(state: StateCode): string {
  const found = Object.entries(State).find(([, code]) => code === state);
  assert.ok(found);
  return found[0];
}

/** Milliseconds, event, effects, state after it and, where it matters, the next wake-up or what is retransmitted. */
export type Line = readonly [
  at: number,
  event: string,
  effects: string,
  state: string,
  more?: { due?: number; last?: string },
];

/** A numbered requirement with the exchange that shows it. */
export interface Requirement {
  readonly name: string;
  readonly reliable?: boolean;
  readonly lines: readonly Line[];
}

/** Plays one requirement on a fake clock, from time 0. */
export function play(machine: MachineName, r: Requirement): void {
  const tx = MAKE[machine](r.reliable === true, 0);
  for (const [at, event, effects, state, more] of r.lines) {
    const where = `${r.name}: ${event} at ${at}`;
    const mask = give(tx, event, at);
    assert.equal(`${words(mask)} > ${stateName(tx.state)}`, `${effects} > ${state}`, where);
    if (more?.due !== undefined) assert.equal(tx.due, more.due, `${where}: due`);
    if (more?.last !== undefined) assert.equal(tx.last, more.last, `${where}: last`);
  }
}
