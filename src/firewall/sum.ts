/** How many elements a set has, and a sum over them that does not depend on their order. */
export interface Sum {
  readonly count: number;
  readonly sum: number;
}

/** Adds one element by its one spelling. */
export function addTo(to: { count: number; sum: number }, name: string): void {
  to.count++;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  to.sum = (to.sum + hash) >>> 0;
}
