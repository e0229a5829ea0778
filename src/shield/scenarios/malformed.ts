import type { Scenario } from "../scenario.ts";

/** Bytes that are no SIP. Broken devices write them too, so nobody is banned for it. */
export const malformed: Scenario = {
  name: "malformed",
  about: "messages that are no SIP",
  facts: ["malformed"],
  per: (_, source) => source,
  limits: [
    { count: 10, within: 600_000 },
    { count: 100, within: 86_400_000 },
  ],
  proved: "mute",
  unproved: "mute",
};
