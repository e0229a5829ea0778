import type { Binding, BindingChange } from "../registrar/index.ts";
import type { BindingName, BindingRow } from "./messages.ts";
import { type PackedRows, packRows } from "./rows.ts";

/** How many leave at once: what a batch costs must not be felt by a call. A storm of all phones is over in a second. */
const BATCH = 256;
const STORM = 64;

/** Bindings that changed and were not yet told, the longest waiting first; each once, however often it was renewed. */
export class BindingChanges {
  readonly #changed = new Map<Binding, BindingChange["kind"]>();

  get size(): number {
    return this.#changed.size;
  }

  add(change: BindingChange): void {
    this.#changed.set(change.binding, change.kind);
  }

  /** The next batch as plain rows, or with `all` everything. A name that is in both lists lives. */
  take(all: boolean): { put: PackedRows; removed: BindingName[] } {
    const put: BindingRow[] = [];
    const removed: BindingName[] = [];
    let left = all ? this.#changed.size : Math.max(BATCH, Math.ceil(this.#changed.size / STORM));
    for (const [b, kind] of this.#changed) {
      if (left-- === 0) break;
      this.#changed.delete(b);
      if (kind === "put") put.push(toRow(b));
      else removed.push({ aor: b.aor, contact: b.contact, instance: b.instance, regId: b.regId });
    }
    return { put: packRows(put), removed };
  }
}

function toRow(b: Binding): BindingRow {
  const { aor, contact, params, callId, cseq, expires, q, path, instance, regId, userAgent, received, listener } = b;
  return { aor, contact, params, callId, cseq, expires, q, path, instance, regId, userAgent, received, listener };
}
