import { formatCidr, parseCidr } from "../../base/index.ts";
import { ANYTHING } from "./conditions.ts";
import type { Ports } from "./opening.ts";
import type { SavedRule } from "./saved.ts";

type Read = Omit<SavedRule, "line" | "text" | "table" | "chain" | "family">;
type Draft = { -readonly [K in keyof Read]: Read[K] };

/** What one option means: how many words follow it, and what they change. False: not understood after all. */
interface Option {
  readonly words: number;
  readonly set: (draft: Draft, words: readonly string[], not: boolean) => boolean;
}

/** Targets that decide nothing: what stands behind them is of no matter here. */
const PASSING = new Set(
  "LOG NFLOG ULOG MARK CONNMARK SECMARK CONNSECMARK AUDIT TRACE CT TCPMSS CLASSIFY SET DSCP TOS NOTRACK CHECKSUM".split(
    " ",
  ),
);
/** Matches whose own options say all. */
const MATCHES = new Set(
  "tcp udp icmp icmp6 ipv6-icmp comment conntrack state multiport limit addrtype hl pkttype".split(" "),
);
const SERVICES: ReadonlyMap<string, number> = new Map(
  Object.entries({ ssh: 22, domain: 53, http: 80, ntp: 123, https: 443, sip: 5060 }),
);

/** A condition that is understood, and makes the rule one for a part of the traffic. */
const narrows = (words: number): Option => ({
  words,
  set: (draft) => {
    draft.narrowed = true;
    return true;
  },
});
const ignored = (words: number): Option => ({ words, set: () => true });

const address = (key: "source" | "destination"): Option => ({
  words: 1,
  set: (draft, [text = ""], not) => {
    const block = parseCidr(text);
    if (block === undefined) return false;
    // All but these: nearly anybody.
    if (not) draft.narrowed = true;
    else if (block.bits > 0) draft[key] = formatCidr(block);
    return true;
  },
});

const face = (key: "inInterface" | "outInterface"): Option => ({
  words: 1,
  set: (draft, [name = ""], not) => {
    if (not) draft.narrowed = true;
    else draft[key] = name;
    return name !== "";
  },
});

const states: Option = {
  words: 1,
  set: (draft, [text = ""], not) => {
    const named = text.toUpperCase().split(",");
    draft.states = not
      ? ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"].filter((s) => !named.includes(s))
      : named;
    return true;
  },
};

const ports: Option = {
  words: 1,
  set: (draft, [text = ""], not) => {
    const read = text.split(",").map(readPorts);
    if (read.includes(undefined)) return false;
    if (not) draft.narrowed = true;
    else draft.ports = read.filter((p) => p !== undefined);
    return true;
  },
};

const protocol: Option = {
  words: 1,
  set: (draft, [name = ""], not) => {
    if (not) draft.narrowed = true;
    else if (name !== "all") draft.protocol = PROTOCOLS.get(name) ?? name;
    return name !== "";
  },
};
const PROTOCOLS: ReadonlyMap<string, string> = new Map(
  Object.entries({ "1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", icmpv6: "ipv6-icmp" }),
);

const target: Option = {
  words: 1,
  set: (draft, [name = ""], not) => {
    draft.target = name;
    return name !== "" && !not;
  },
};

const OPTIONS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ["-s", address("source")],
  ["-d", address("destination")],
  ["-i", face("inInterface")],
  ["-o", face("outInterface")],
  ["-p", protocol],
  ["-j", target],
  ["-g", target],
  ["-m", { words: 1, set: (_, [name = ""]) => MATCHES.has(name) }],
  ["--state", states],
  ["--ctstate", states],
  ...["--dport", "--dports", "--destination-port", "--destination-ports"].map((o) => [o, ports] as const),
  ...[
    "--sport",
    "--sports",
    "--ports",
    "--icmp-type",
    "--icmpv6-type",
    "--limit",
    "--tcp-option",
    "--hl-eq",
    "--ttl-eq",
  ].map((o) => [o, narrows(1)] as const),
  ...["--dst-type", "--src-type", "--pkt-type"].map((o) => [o, narrows(1)] as const),
  ["--tcp-flags", narrows(2)],
  ["--syn", ignored(0)],
  ["-f", narrows(0)],
  ["--comment", ignored(1)],
  ["--limit-burst", ignored(1)],
  ["--reject-with", ignored(1)],
]);

/** Reads the options behind `-A CHAIN`. */
export function readOptions(words: readonly string[]): Read {
  const draft: Draft = { ...ANYTHING, target: "" };
  const unknown: string[] = [];
  let i = 0;
  while (i < words.length) {
    const start = i;
    const not = words[i] === "!";
    if (not) i++;
    const option = OPTIONS.get(words[i++] ?? "");
    if (option === undefined) while (i < words.length && !/^(-|!$)/.test(words[i])) i++;
    else {
      const given = words.slice(i, i + option.words);
      i += option.words;
      if (given.length === option.words && option.set(draft, given, not)) {
        if (PASSING.has(draft.target)) break;
        continue;
      }
    }
    unknown.push(words.slice(start, i).join(" "));
  }
  return { ...draft, target: PASSING.has(draft.target) ? "" : draft.target, unknown };
}

/** "22", "10000:20000", ":1024", "ssh". */
function readPorts(text: string): Ports | undefined {
  const named = SERVICES.get(text);
  if (named !== undefined) return [named, named];
  const parts = /^(\d{0,5})(:?)(\d{0,5})$/.exec(text);
  if (parts === null || text === "" || text === ":") return undefined;
  const low = parts[1] === "" ? 0 : Number(parts[1]);
  const high = parts[2] === "" ? low : parts[3] === "" ? 65_535 : Number(parts[3]);
  // Port 0 is nobody's.
  return low <= high && high <= 65_535 && high > 0 ? [Math.max(low, 1), high] : undefined;
}
