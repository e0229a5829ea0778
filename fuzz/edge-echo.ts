import assert from "node:assert/strict";
import { isFailure } from "../src/base/index.ts";
import { DOMAIN, type Scene, type Sent } from "../src/edge/host.fixture.ts";
import { isRegisteredFrom } from "../src/registrar/index.ts";
import { check, H, type Message, parseMessage } from "../src/sip/index.ts";
import { isInDialog } from "./edge-invariants.ts";
import { hostOf, isStranger, STREAMS } from "./edge-parties.ts";

/** What has come from strangers by UDP, and what was answered them: nobody makes the edge the amplifier of his flood. */
export class Echo {
  /** Bytes that may still go back, by request; Infinity for those within a call, or of who was known then. */
  readonly #left = new Map<string, number>();
  /** The one that came last, when it is no sound request: it is answered at once or never. */
  #unsound = 0;

  came(scene: Scene, from: string, text: string): void {
    this.#unsound = 0;
    if (!isForgeable(from)) return;
    const m = parseMessage(text);
    if (isFailure(m) || !m.isRequest || check(m) !== undefined) {
      this.#unsound = 2 * text.length;
      return;
    }
    const key = keyOf(m);
    const isFree = isInDialog(scene, m) || isKnown(scene.core, hostOf(from));
    const more = isFree ? Number.POSITIVE_INFINITY : 2 * text.length;
    this.#left.set(key, (this.#left.get(key) ?? 0) + more);
  }

  went({ core }: Scene, sent: readonly Sent[]): void {
    for (const { to, text } of sent) {
      const m = isForgeable(to) ? parseMessage(text) : undefined;
      if (m === undefined || isFailure(m) || m.isRequest) continue;
      const left = this.#unsound > 0 ? this.#unsound : this.#left.get(keyOf(m));
      // Whoever answers may have changed its names; and who has registered there is known.
      if (left === undefined || isKnown(core, hostOf(to))) continue;
      assert.ok(text.length <= left, `${text.length} bytes went to ${to} where ${left} might: ${text}`);
      if (this.#unsound > 0) this.#unsound -= text.length;
      else this.#left.set(keyOf(m), left - text.length);
    }
    this.#unsound = 0;
  }
}

/** Was a password shown there, or is somebody registered from there? */
function isKnown({ gate, location, clock, network }: Scene["core"], host: string): boolean {
  const flow = network.way("udp", host, 5060, -1);
  if (flow !== undefined && gate.hasShown(flow)) return true;
  return ["anna", "bert", "nobody"].some((user) => isRegisteredFrom(location, `${user}@${DOMAIN}`, host, clock.wall()));
}

/** A stranger who speaks UDP, from whichever port. */
function isForgeable(at: string): boolean {
  return isStranger(`${hostOf(at)}:5060`) && !STREAMS.some((stream) => hostOf(stream) === hostOf(at));
}

function keyOf(m: Message): string {
  const [via, callId] = [m.get(H.via), m.get(H.callId)];
  return `${via === undefined || isFailure(via) ? "" : via.branch} ${typeof callId === "string" ? callId : ""}`;
}
