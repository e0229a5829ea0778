/** Several backends: probes, failover within a call attempt, draining. Times are those of a clock moved by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Message, reply } from "../sip/index.ts";
import { ANNA, credentials, DOMAIN, NUMBER, newScene, requestText, type Scene, statuses } from "./host.fixture.ts";

const ONE = "192.0.2.11:5060";
const TWO = "192.0.2.12:5060";

const pair = (probes = 0): Scene =>
  newScene({
    users: ["anna"],
    backends: [
      ["one", ONE],
      ["two", TWO],
    ],
    probes,
  });
const methods = (messages: readonly Message[]): string[] => messages.map((m) => m.method);

/** Anna calls a number with her password; gives what she hears. */
function annaCalls(scene: Scene, id: string): number[] {
  const invite = {
    method: "INVITE",
    uri: NUMBER,
    at: ANNA,
    from: `<sip:anna@${DOMAIN}>;tag=a`,
    to: `<${NUMBER}>`,
    callId: id,
  };
  scene.heard(ANNA);
  scene.receive(ANNA, requestText(invite));
  const [challenge] = scene.heard(ANNA);
  scene.receive(ANNA, requestText({ ...invite, cseq: 2, lines: [credentials(challenge, "anna", NUMBER)] }));
  return statuses(scene.heard(ANNA));
}

/** A backend answers all that it was asked. */
function answers(scene: Scene, at: string, status: number): string[] {
  const asked = scene.heard(at);
  for (const m of asked) if (m.method !== "ACK") scene.receive(at, reply(m, status, { toTag: "pbx" }));
  return methods(asked);
}

const state = (scene: Scene): string[] => scene.core.backends.list.map((b) => `${b.name} ${b.up ? "up" : "down"}`);

/** Seconds in which the backends at `alive` answer each probe. */
function live(scene: Scene, ms: number, alive: readonly string[], status = 200): void {
  for (const end = scene.core.clock.now() + ms; scene.core.clock.now() < end; ) {
    scene.pass(10);
    for (const at of alive) answers(scene, at, status);
  }
}

test("the first takes the call, and its answer counts", () => {
  const scene = pair();
  assert.deepEqual(annaCalls(scene, "a"), [100]);
  assert.deepEqual(answers(scene, ONE, 486), ["INVITE"]);
  assert.deepEqual(statuses(scene.heard(ANNA)), [486]);
  assert.deepEqual(scene.heard(TWO), []);
});

test("silence: the second has the call after two seconds, and the caller is none the wiser", () => {
  const scene = pair();
  annaCalls(scene, "b");
  scene.pass(1_990);
  assert.deepEqual(scene.heard(TWO), []);
  scene.pass(20);
  assert.deepEqual(answers(scene, TWO, 200), ["INVITE"]);
  assert.deepEqual(statuses(scene.heard(ANNA)), [200]);
  const [invite] = scene.heard(ONE);
  scene.receive(ONE, reply(invite, 200, { toTag: "late" }));
  assert.deepEqual(scene.heard(ANNA), [], "what the first says then is nobody's answer");
});

test("503: the second has it at once", () => {
  const scene = pair();
  annaCalls(scene, "c");
  assert.deepEqual(answers(scene, ONE, 503), ["INVITE"]);
  assert.deepEqual(answers(scene, TWO, 200), ["INVITE"]);
  assert.deepEqual(statuses(scene.heard(ANNA)), [200]);
});

test("two failed calls in a row, and the next goes to the second at once, without a probe", () => {
  const scene = pair();
  for (const id of ["d", "e"]) {
    annaCalls(scene, id);
    scene.pass(2_010);
    answers(scene, TWO, 200);
  }
  assert.deepEqual(state(scene), ["one down", "two up"]);
  scene.heard(ONE);
  annaCalls(scene, "f");
  assert.deepEqual(answers(scene, TWO, 200), ["INVITE"]);
});

test("probes: one that falls silent is down within three seconds, and up again after two answers", () => {
  const scene = pair(1_000);
  const told: string[] = [];
  scene.core.backends.onChange = (b) => told.push(`${b.name} ${b.up} ${b.last}`);
  live(scene, 10_000, [ONE, TWO]);
  assert.deepEqual(state(scene), ["one up", "two up"]);
  for (let late = 0; late < 1_000; late += 170) {
    live(scene, late, [ONE, TWO]);
    const from = scene.core.clock.now();
    while (scene.core.backends.list[0].up) live(scene, 10, [TWO]);
    assert.ok(scene.core.clock.now() - from < 3_000, `it took ${scene.core.clock.now() - from} ms`);
    live(scene, 3_000, [ONE, TWO]);
    assert.deepEqual(state(scene), ["one up", "two up"]);
  }
  assert.deepEqual(told.slice(0, 2), ["one false no answer", "one true 200"]);
});

for (const said of [100, 180] as const) {
  test(`a backend dies after ${said}: the call ${said === 100 ? "goes to the second as soon as that is known" : "rings on"}`, () => {
    const scene = pair(1_000);
    live(scene, 2_000, [ONE, TWO]);
    annaCalls(scene, "k");
    const invite = scene.heard(ONE).find((m) => m.method === "INVITE");
    assert.ok(invite !== undefined);
    scene.receive(ONE, reply(invite, said, said === 100 ? {} : { toTag: "pbx" }));
    scene.heard(ANNA);
    live(scene, 3_000, [TWO]);
    assert.deepEqual(state(scene), ["one down", "two up"]);
    assert.deepEqual(statuses(scene.heard(ANNA)), said === 100 ? [200] : []);
    const cancelled = methods(scene.heard(ONE)).includes("CANCEL");
    assert.equal(cancelled, said === 100, "in case it only did not answer the probes");
  });
}

test("a call that was sent but not answered moves too, once its backend is known to be down", () => {
  const scene = pair(1_000);
  live(scene, 2_000, [ONE, TWO]);
  while (scene.core.backends.list[0].last !== "no answer") live(scene, 10, [TWO]);
  live(scene, 500, [TWO]);
  annaCalls(scene, "l");
  const from = scene.core.clock.now();
  while (scene.core.backends.list[0].up) live(scene, 10, [TWO]);
  live(scene, 20, [TWO]);
  assert.ok(scene.core.clock.now() - from < 1_000);
  assert.deepEqual(statuses(scene.heard(ANNA)), [200]);
});

test("a probe that is lost once is sent again, and no failure", () => {
  const scene = pair(1_000);
  scene.pass(10);
  assert.deepEqual(methods(scene.heard(ONE)), ["OPTIONS"]);
  scene.pass(510);
  assert.deepEqual(answers(scene, ONE, 200), ["OPTIONS"]);
  assert.equal(scene.core.backends.list[0].last, "200");
  assert.equal(scene.core.counters.strayResponses, 0);
});

test("a backend that answers its probes by 503 is down", () => {
  const scene = pair(1_000);
  live(scene, 3_000, [ONE, TWO], 503);
  assert.deepEqual(state(scene), ["one down", "two down"]);
  scene.heard(ONE);
  annaCalls(scene, "g");
  assert.ok(methods(scene.heard(ONE)).includes("INVITE"), "with none up they are tried all the same");
});

test("a draining one gets nothing new; when all drain the caller is told 503", () => {
  const scene = pair();
  assert.equal(scene.core.backends.drain("one", true), true);
  assert.equal(scene.core.backends.drain("three", true), false);
  annaCalls(scene, "h");
  assert.deepEqual(scene.heard(ONE), []);
  assert.deepEqual(answers(scene, TWO, 200), ["INVITE"]);
  scene.heard(ANNA);
  scene.core.backends.drain("two", true);
  assert.deepEqual(annaCalls(scene, "i"), [503]);
  scene.core.backends.drain("one", false);
  assert.deepEqual(annaCalls(scene, "j"), [100]);
});

const garbage: [what: string, of: (m: Message) => string][] = [
  ["bytes that are no SIP", () => "\0\xff".repeat(200)],
  ["half a response", (m) => reply(m, 200, { toTag: "g" }).slice(0, 60)],
  ["a response without To", (m) => reply(m, 200, { toTag: "g" }).replace(/^To: .*\r\n/m, "")],
  [
    "a response to nobody's branch",
    (m) => reply(m, 200, { toTag: "g" }).replace(/branch=[^;]*/, "branch=z9hG4bKnobody"),
  ],
  ["its own request", (m) => m.text],
];
for (const [what, of] of garbage) {
  test(`a backend that answers ${what}: it counts as silence, and costs nobody else anything`, () => {
    const scene = pair(1_000);
    const rubbish = (): void => {
      for (const m of scene.heard(ONE)) if (m.isRequest) scene.receive(ONE, of(m));
    };
    annaCalls(scene, "garbage");
    for (let i = 0; i < 400; i++) {
      scene.pass(10);
      rubbish();
      answers(scene, TWO, 200);
    }
    assert.deepEqual(statuses(scene.heard(ANNA)), [200]);
    assert.deepEqual(state(scene), ["one down", "two up"]);
    assert.deepEqual(scene.faults, []);
  });
}
