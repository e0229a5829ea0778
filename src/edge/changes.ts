import type { Binding, BindingChange } from "../registrar/index.ts";
import type { BindingName, BindingRow } from "./messages.ts";

/** Bindings that changed since the last batch: each once, however often it was renewed. */
export class BindingChanges {
  #changed = new Map<Binding, BindingChange["kind"]>();

  get size(): number {
    return this.#changed.size;
  }

  add(change: BindingChange): void {
    this.#changed.set(change.binding, change.kind);
  }

  /** All of them as plain rows, and an empty list from here on. A name that is in both lists lives. */
  take(): { put: BindingRow[]; removed: BindingName[] } {
    const put: BindingRow[] = [];
    const removed: BindingName[] = [];
    for (const [b, kind] of this.#changed) {
      if (kind === "put") put.push(toRow(b));
      else removed.push({ aor: b.aor, contact: b.contact, instance: b.instance, regId: b.regId });
    }
    this.#changed = new Map();
    return { put, removed };
  }
}

function toRow(b: Binding): BindingRow {
  const { aor, contact, params, callId, cseq, expires, q, path, instance, regId, userAgent, received, listener } = b;
  return { aor, contact, params, callId, cseq, expires, q, path, instance, regId, userAgent, received, listener };
}
