import type { Enforcer } from "../ports/index.ts";

/** Nothing but the signalling thread keeps anybody out: `[firewall] backend = "none"`. */
export function noEnforcer(): Enforcer {
  const since = Date.now();
  return {
    setDrops: () => {},
    ban: () => {},
    unban: () => {},
    mute: () => {},
    unmute: () => {},
    stand: () => {},
    setNever: () => {},
    setList: () => {},
    leaked: () => false,
    counts: async () => ({}),
    view: () => ({
      backend: "none",
      state: "off",
      trouble: undefined,
      since,
      version: "",
      drops: false,
      changes: 0,
      leaks: 0,
      restarts: 0,
      lastChange: "",
      latency: 0,
    }),
    stop: async () => {},
  };
}
