import type { Binding, BindingChange } from "../registrar/index.ts";
import type { BindingName, BindingRow } from "./messages.ts";
import { type PackedRows, packRows } from "./rows.ts";

/** Milliseconds in which changes of one binding become one row: registrations come in bursts, a disk does not. */
const WINDOW = 500;
/** Rows of one batch: a window is gone in ten batches, and none is so large that a call would feel it. */
const SHARE = 10;
const LEAST = 256;
const MOST = 2_000;

type Changed = Map<Binding, BindingChange["kind"]>;

/** Bindings that changed and were not yet told; each once, however often it was renewed. */
export class BindingChanges {
  /** Told of each at once. */
  onAdd: ((aor: string) => void) | undefined;
  #gathering: Changed = new Map();
  #leaving: Changed = new Map();
  #share = LEAST;
  #windowEnd = 0;

  add(change: BindingChange): void {
    this.#gathering.set(change.binding, change.kind);
    this.onAdd?.(change.binding.aor);
  }

  /** The batch that is due at `now` (monotonic ms); undefined when none is. Called every tick. */
  next(now: number): Batch | undefined {
    if (this.#leaving.size === 0) {
      if (now < this.#windowEnd || this.#gathering.size === 0) return undefined;
      this.#windowEnd = now + WINDOW;
      this.#leaving = this.#gathering;
      this.#gathering = new Map();
      this.#share = Math.min(MOST, Math.max(LEAST, Math.ceil(this.#leaving.size / SHARE)));
    }
    return take(this.#leaving, this.#share);
  }

  /** Everything at once. */
  rest(): Batch[] {
    return [take(this.#leaving, this.#leaving.size), take(this.#gathering, this.#gathering.size)];
  }
}

/** Rows to write and names to delete, deletions first: a name that is in both lives. */
export interface Batch {
  readonly put: PackedRows;
  readonly removed: readonly BindingName[];
}

function take(changed: Changed, count: number): Batch {
  const put: BindingRow[] = [];
  const removed: BindingName[] = [];
  let left = count;
  for (const [b, kind] of changed) {
    if (left-- === 0) break;
    changed.delete(b);
    if (kind === "put") put.push(toRow(b));
    else removed.push({ aor: b.aor, contact: b.contact, instance: b.instance, regId: b.regId });
  }
  return { put: packRows(put), removed };
}

function toRow(b: Binding): BindingRow {
  const { aor, contact, params, callId, cseq, expires, q, path, instance, regId, userAgent, received, listener } = b;
  return { aor, contact, params, callId, cseq, expires, q, path, instance, regId, userAgent, received, listener };
}
