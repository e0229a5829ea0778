import type { Scenario } from "../scenario.ts";

/**
 * Connections that say nothing, or half a message: they are to fill the table. Those that were refused or gave way are not among them: others
 * may have brought that about.
 */
export const slowConnection: Scenario = {
  name: "slow-connection",
  about: "connections without a handshake or a whole message in time",
  facts: ["slow"],
  per: (_, source) => source,
  limits: [{ count: 10, within: 600_000 }],
  proved: "ban",
  unproved: "nothing",
};
