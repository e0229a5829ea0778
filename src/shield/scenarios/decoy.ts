import type { Scenario } from "../scenario.ts";

/** Users and numbers that never existed here and that nobody was ever told. */
export const decoy: Scenario = {
  name: "decoy",
  about: "a decoy was asked for",
  facts: ["decoy"],
  per: (_, source) => source,
  limits: [{ count: 1, within: 86_400_000 }],
  proved: "ban",
  unproved: "mute",
};
