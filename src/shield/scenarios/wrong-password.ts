import type { Scenario } from "../scenario.ts";

/** Password guessing. A wrong password answers a nonce, so it always is proved. */
export const wrongPassword: Scenario = {
  name: "wrong-password",
  about: "wrong passwords for one account from one source",
  facts: ["wrongPassword"],
  per: ({ account }, source) => `${source} ${account}`,
  limits: [
    { count: 6, within: 600_000 },
    { count: 20, within: 86_400_000 },
  ],
  proved: "ban",
  unproved: "nothing",
};
