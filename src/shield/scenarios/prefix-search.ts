import type { Scenario } from "../scenario.ts";

/** Digits at the end by which a number is known whatever is dialled before it. */
const TAIL = 7;

/** The same number with prefix after prefix (0, 00, 9, 900, 011 …): a way out is sought. */
export const prefixSearch: Scenario = {
  name: "prefix-search",
  about: "one number with different prefixes",
  facts: ["relay"],
  per: ({ detail }, source) =>
    /^\+?[\d*#]+$/.test(detail) && detail.length > TAIL ? `${source} ${detail.slice(-TAIL)}` : undefined,
  distinct: ({ detail }) => detail.slice(0, -TAIL),
  limits: [
    { count: 3, within: 600_000 },
    { count: 3, within: 86_400_000 },
  ],
  proved: "ban",
  unproved: "mute",
};
