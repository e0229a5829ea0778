import type { Scenario } from "../scenario.ts";

/** Extension guessing: many names that nobody has here, however slowly. */
export const unknownUsers: Scenario = {
  name: "unknown-users",
  about: "different users that do not exist, from one source",
  facts: ["unknownUser", "decoy"],
  per: (_, source) => source,
  distinct: ({ account }) => account,
  limits: [
    { count: 5, within: 600_000 },
    { count: 12, within: 86_400_000 },
  ],
  proved: "ban",
  unproved: "mute",
};
