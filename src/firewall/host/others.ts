import { TABLE } from "./ruleset.ts";

/** What else decides about packets on this machine. */
export interface Surroundings {
  /** Output of `nft -j list chains`; undefined: it could not be read. */
  readonly chains: string | undefined;
  /** Names of tables of the old iptables in use, which nft does not show. */
  readonly legacy: readonly string[];
  /** This machine passes packets on. */
  readonly forwards: boolean;
}

interface Chain {
  readonly family?: string;
  readonly table?: string;
  readonly name?: string;
  readonly hook?: string;
  readonly policy?: string;
}

const FORWARDED = "it is not touched: this table judges only what is for this machine or from it";

/** What an operator has to know before our table is loaded, a line each. Pure. */
export function warningsAbout({ chains, legacy, forwards }: Surroundings): string[] {
  const all = chains === undefined ? [] : readChains(chains);
  const others = all.filter((c) => c.table !== TABLE && c.table !== "rempart");
  const warnings: string[] = [];
  if (chains === undefined) warnings.push("what else is loaded could not be read: run it as root to see it");
  const names = (test: (c: Chain) => boolean): string[] => [
    ...new Set(others.filter(test).map((c) => `${c.family} ${c.table}`)),
  ];
  const say = (found: readonly string[], what: string): void => {
    if (found.length > 0) warnings.push(`${found.join(", ")}: ${what}`);
  };
  say(
    names((c) => /^ufw6?-/.test(c.name ?? "")),
    "ufw is loaded, and what it drops stays dropped; switch it off once this is confirmed: ufw disable",
  );
  say(
    names((c) => c.table === "firewalld"),
    "firewalld is loaded, and what it drops stays dropped; switch it off once this is confirmed: systemctl disable --now firewalld",
  );
  say(
    others
      .filter((c) => (c.hook === "input" || c.hook === "output") && c.policy === "drop")
      .map((c) => `chain ${c.name} of table ${c.family} ${c.table}`),
    "drops by itself what it does not know: a packet has to be let in there too",
  );
  say(
    names((c) => /^DOCKER/.test(c.name ?? "") || /^docker/.test(c.table ?? "")),
    `Docker's rules: ports that containers publish are forwarded, and ${FORWARDED}`,
  );
  if (legacy.length > 0) {
    const what = "rules of the old iptables are loaded, which are not seen here; what they drop stays dropped";
    warnings.push(`${what}: look at them with iptables-legacy-save (tables ${legacy.join(", ")})`);
  }
  if (forwards) warnings.push(`this machine forwards packets (net.ipv4.ip_forward or that of IPv6), and ${FORWARDED}`);
  return warnings;
}

function readChains(text: string): Chain[] {
  try {
    const read = JSON.parse(text) as { nftables?: { chain?: Chain }[] };
    return (read.nftables ?? []).flatMap((each) => each.chain ?? []);
  } catch {
    return [];
  }
}
