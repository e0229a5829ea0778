import type { Scenario } from "../scenario.ts";

/** One account, guessed at from many sources, each of which stays below its own limit. */
export const distributedGuessing: Scenario = {
  name: "distributed-guessing",
  about: "wrong passwords for one account from anywhere",
  facts: ["wrongPassword"],
  per: ({ account }) => account,
  // A phone of the office with an old password is no distributed attack.
  ofStrangers: true,
  limits: [{ count: 10, within: 600_000 }],
  proved: "guard",
  unproved: "nothing",
};
