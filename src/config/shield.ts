import * as z from "zod/mini";
import { formatLimit, parseLimit } from "../base/index.ts";
import { SCENARIOS } from "../shield/index.ts";
import { COUNTRY, countryOf, LIST, listOf, showCountry, showList } from "./lists.ts";
import { choice, list, some, table, text } from "./shapes.ts";
import { CIDR } from "./syntax.ts";
import type { ScenarioConfig, ShieldConfig } from "./types.ts";

const LIMIT = {
  expected: 'a limit such as "6 in 10 min" (s, min, h or d)',
  test: (t: string) => parseLimit(t) !== undefined,
};
const USER = { expected: "a user name", test: (u: string) => /^[\w.+*#-]{1,64}$/.test(u) };

const scenario = table({
  mode: z._default(choice(["enforce", "observe", "off"]), "enforce"),
  limits: z.optional(some(text(LIMIT), "a list of limits")),
  answer: z._default(choice(["silence", "uniform", "tarpit"]), "silence"),
});

/** `[shield]`: who is spared, and how each scenario judges. */
export const SHIELD = table({
  never: z._default(list(text(CIDR), "a list of addresses or blocks such as 203.0.113.0/28"), []),
  decoys: z._default(list(text(USER), "a list of user names"), [
    "100",
    "1000",
    "admin",
    "test",
    "user",
    "guest",
    "sip",
    "root",
  ]),
  scenarios: z.prefault(
    table(
      Object.fromEntries(SCENARIOS.map(({ name }) => [name, z.optional(scenario)])) as Record<
        string,
        z.ZodMiniOptional<typeof scenario>
      >,
    ),
    {},
  ),
  list: z._default(list(LIST, "tables [[shield.list]]"), []),
  country: z.optional(COUNTRY),
});

export function shieldOf(raw: z.infer<typeof SHIELD>, resolve: (path: string) => string): ShieldConfig {
  return {
    lists: raw.list.map((each) => listOf(each, resolve)),
    country: raw.country && countryOf(raw.country, resolve),
    never: raw.never.map((block) => CIDR.read(block) ?? block),
    decoys: raw.decoys,
    scenarios: SCENARIOS.map(({ name, limits }): ScenarioConfig => {
      const own = raw.scenarios[name];
      const written = own?.limits?.map((text) => parseLimit(text)).filter((limit) => limit !== undefined);
      return { name, mode: own?.mode ?? "enforce", limits: written ?? limits, answer: own?.answer ?? "silence" };
    }),
  };
}

/** As it stands in a file. */
export function showShield({ never, decoys, scenarios, lists, country }: ShieldConfig) {
  const tables = scenarios.map(({ name, mode, limits, answer }) => [
    name,
    { mode, limits: limits.map(formatLimit), answer },
  ]);
  return {
    never,
    decoys,
    scenarios: Object.fromEntries(tables),
    ...(lists.length === 0 ? {} : { list: lists.map(showList) }),
    ...(country && { country: showCountry(country) }),
  };
}
