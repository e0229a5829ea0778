import type { Scenario } from "../scenario.ts";

/** Looking for an open relay: domains and numbers that a stranger may not reach. */
export const relayAttempt: Scenario = {
  name: "relay-attempt",
  about: "calls to domains or numbers that are not for strangers",
  facts: ["relay"],
  per: (_, source) => source,
  limits: [
    { count: 3, within: 600_000 },
    { count: 10, within: 86_400_000 },
  ],
  proved: "ban",
  unproved: "mute",
};
