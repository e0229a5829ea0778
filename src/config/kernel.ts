import * as z from "zod/mini";
import { choice, flag, table, text, whole } from "./shapes.ts";
import type { FirewallConfig } from "./types.ts";

const TABLE = {
  expected: '"rempart", with small letters, digits and _ behind it where there are several',
  test: (name: string) => /^rempart[a-z0-9_]{0,24}$/.test(name),
};
const RATE = 1_000_000;

/** `[firewall]`: what the kernel does for the shield. */
export const FIREWALL = table({
  backend: z._default(choice(["nft", "dry-run", "none"]), "nft"),
  table: z._default(text(TABLE), "rempart"),
  keep: z._default(flag(), false),
  stranger_rate: z._default(whole(0, RATE), 20),
  stranger_burst: z._default(whole(1, RATE), 40),
  strangers_rate: z._default(whole(0, RATE), 2_000),
  strangers_burst: z._default(whole(1, RATE), 400),
});

export function firewallOf(raw: z.infer<typeof FIREWALL>): FirewallConfig {
  return {
    backend: raw.backend,
    table: raw.table,
    keep: raw.keep,
    stranger: { rate: raw.stranger_rate, burst: raw.stranger_burst },
    strangers: { rate: raw.strangers_rate, burst: raw.strangers_burst },
  };
}

/** As it stands in a file. */
export function showFirewall({ backend, table, keep, stranger, strangers }: FirewallConfig) {
  return {
    backend,
    table,
    keep,
    stranger_rate: stranger.rate,
    stranger_burst: stranger.burst,
    strangers_rate: strangers.rate,
    strangers_burst: strangers.burst,
  };
}
