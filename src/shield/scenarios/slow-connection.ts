import type { Scenario } from "../scenario.ts";

/** Connections that say nothing, or half a message: they are to fill the table. */
export const slowConnection: Scenario = {
  name: "slow-connection",
  about: "connections without a whole message in time, or too many of them",
  facts: ["slow"],
  per: (_, source) => source,
  limits: [{ count: 10, within: 600_000 }],
  proved: "ban",
  unproved: "nothing",
};
