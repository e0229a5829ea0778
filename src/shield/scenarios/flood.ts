import type { Scenario } from "../scenario.ts";

/** The edge counts packets itself and tells when a source has sent too many: a fact for each would be a flood of its own. */
export const flood: Scenario = {
  name: "flood",
  about: "more requests than a source may send that has proved nothing",
  facts: ["flood"],
  per: (_, source) => source,
  // Twenty phones of an office that have an old password ask as often, and what is forged in its name must not mute those that are new there.
  ofStrangers: true,
  limits: [{ count: 1, within: 60_000 }],
  proved: "mute",
  unproved: "mute",
};
