const LONGEST = 253;
/** A label: letters, digits, and inside of it dashes and underscores (those begin the labels of SRV, RFC 2782). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

/**
 * Is this (lower case, no root dot) a name that may be looked up? RFC 3261 25.1: the last label begins with a letter, or it would be a broken
 * address. One label alone is a name of somebody's own network.
 */
export function isDomainName(name: string): boolean {
  if (name.length > LONGEST) return false;
  const labels = name.split(".");
  return labels.length > 1 && labels.every((l) => LABEL.test(l)) && /^[a-z]/.test(labels[labels.length - 1]);
}

/** A name as it comes in an answer, as we look it up. */
export function plainName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}
