import type { Scenario } from "../scenario.ts";

/** SQL, script or dialplan characters where a name or a number belongs. */
export const injection: Scenario = {
  name: "injection",
  about: "SQL, script or dialplan characters in a name or number",
  facts: ["injection"],
  per: (_, source) => source,
  limits: [{ count: 1, within: 86_400_000 }],
  proved: "ban",
  unproved: "mute",
};
