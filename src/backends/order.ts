/** How calls are shared among backends of one priority. */
export type Balance = "weight" | "call-id" | "aor";

/** What the order is made from. */
export interface Choice {
  readonly name: string;
  /** Share of the calls among those of one priority; 0: only when no other is left. */
  readonly weight: number;
  /** Lower is tried first. */
  readonly priority: number;
  readonly up: boolean;
  readonly draining: boolean;
}

/**
 * The backends a new call is tried at, one after the other: those that are up, by priority, and among equals by their share.
 * When none is up, those that are down are tried all the same: the next probe may be wrong about them. Draining ones get
 * nothing new.
 *
 * `draw(i)` gives a number in (0, 1) for the `i`th backend: random for "weight"; for "call-id" and "aor" a hash of the
 * key and the backend's name, so that one key goes to one backend and a lost backend moves only its own keys (rendezvous hashing).
 */
export function order<T extends Choice>(all: readonly T[], draw: (i: number) => number): readonly T[] {
  if (all.length === 1) return all[0].draining ? [] : all;
  const ranked: { readonly item: T; readonly score: number }[] = [];
  for (let i = 0; i < all.length; i++) {
    const item = all[i];
    // Efraimidis and Spirakis 2006: the largest of u^(1/w) is each item with a chance of its share of the weights.
    if (!item.draining) ranked.push({ item, score: item.weight === 0 ? -1 : draw(i) ** (1 / item.weight) });
  }
  const living = ranked.filter((r) => r.item.up);
  const kept = living.length > 0 ? living : ranked;
  return kept.sort((a, b) => a.item.priority - b.item.priority || b.score - a.score).map((r) => r.item);
}
