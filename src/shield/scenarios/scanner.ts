import type { Scenario } from "../scenario.ts";

/** The name or the handwriting of a scanner: one packet is enough. */
export const scanner: Scenario = {
  name: "scanner",
  about: "a packet as a known scanner writes it",
  facts: ["scanner"],
  per: (_, source) => source,
  limits: [{ count: 1, within: 86_400_000 }],
  proved: "ban",
  unproved: "mute",
};
