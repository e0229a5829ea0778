import assert from "node:assert/strict";
import { isFailure } from "../src/base/index.ts";
import type { Scene, Sent } from "../src/edge/host.fixture.ts";
import { parseMessage } from "../src/sip/index.ts";
import { isInDialog } from "./edge-invariants.ts";
import { hostOf, isStranger, STREAMS } from "./edge-parties.ts";

/** What has come from strangers by UDP, and what was answered them: nobody makes the edge the amplifier of his flood. */
export class Echo {
  /** Bytes that may still go back, by top Via branch. */
  readonly #left = new Map<string, number>();
  /** Top Via branches of what they sent within a call: what is answered to that may be longer. */
  readonly #known = new Set<string>();

  came(scene: Scene, from: string, text: string): void {
    if (!isForgeable(from)) return;
    const branch = branchIn(text);
    this.#left.set(branch, (this.#left.get(branch) ?? 0) + 2 * text.length);
    const m = parseMessage(text);
    if (!isFailure(m) && m.isRequest && isInDialog(scene, m)) this.#known.add(branch);
  }

  went(sent: readonly Sent[]): void {
    for (const { to, text } of sent) {
      const branch = branchIn(text);
      if (!isForgeable(to) || !text.startsWith("SIP/2.0") || this.#known.has(branch)) continue;
      const left = (this.#left.get(branch) ?? 0) - text.length;
      this.#left.set(branch, left);
      assert.ok(left >= 0, `${-left} bytes more went to ${to} than twice what came: ${text}`);
    }
  }
}

/** A stranger who speaks UDP, from whichever port. */
function isForgeable(at: string): boolean {
  return isStranger(`${hostOf(at)}:5060`) && !STREAMS.some((stream) => hostOf(stream) === hostOf(at));
}

function branchIn(text: string): string {
  return /^v(?:ia)?[ \t]*:[^\r\n]*?;[ \t]*branch=([^;,\s]+)/im.exec(text)?.[1] ?? "";
}
