import { canonicalIp, isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { ProbeOptions } from "../../probe/index.ts";

/** The words of `rempart probe` as they were typed. */
export interface Words {
  readonly iHavePermission?: true;
  readonly transport?: string;
  readonly only?: string;
  readonly accounts?: string;
  readonly number?: string;
  readonly rtp?: string;
  readonly from?: string;
  readonly packets?: string;
  readonly rate?: string;
  readonly log?: string;
  readonly watch?: true;
  readonly every?: string;
  readonly state?: string;
  readonly failOn?: string;
  readonly report?: string;
}

/** Where phone systems have their other doors. */
const SERVICES = { manager: [5_038], http: [80, 8_088], https: [443, 8_089] };
const PACKETS = 2_000;
const MOST_PACKETS = 100_000;
/** More is a load, not a question. */
const MOST_RATE = 20;
const PATIENCE = 3_000;
const HELP = "See how it is written: rempart probe --help";
const NOTHING = "Nothing was sent.";

/** Everything that decides what is sent; a trouble before anything is. */
export async function readOptions(text: string, words: Words): Promise<Omit<ProbeOptions, "signal" | "log"> | Trouble> {
  if (words.iHavePermission !== true) return noPermission();
  const { findTarget, readAccounts, RULES } = await import("../../probe/index.ts");
  const only = (words.only ?? "").split(",").filter((id) => id !== "");
  const unknown = only.find((id) => !RULES.some((r) => r.id === id));
  if (unknown !== undefined) return noRule(unknown, RULES.map((r) => r.id).join(", "));
  const packets = wholeNumber("--packets", words.packets, PACKETS, MOST_PACKETS);
  if (isTrouble(packets)) return packets;
  const rate = wholeNumber("--rate", words.rate, MOST_RATE, MOST_RATE);
  if (isTrouble(rate)) return rate;
  const rtp = readPorts(words.rtp);
  if (isTrouble(rtp)) return rtp;
  const number = words.number ?? "";
  // It goes into a URI as it is.
  if (!/^(?:\+?[\w.*-]{1,40})?$/.test(number))
    return misread("--number", number, "a number such as 600 or +33123456789");
  const from = words.from === undefined ? undefined : canonicalIp(words.from);
  if (words.from !== undefined && from === undefined)
    return misread("--from", words.from, "an address of this machine");
  const accounts = words.accounts === undefined ? [] : await accountsIn(words.accounts, readAccounts);
  if (isTrouble(accounts)) return accounts;
  const { weakPassword } = await import("../../accounts/index.ts");
  const target = await findTarget(text, words.transport ?? "");
  if (isTrouble(target)) return target;
  return {
    target,
    only,
    accounts,
    number,
    rtp,
    packets,
    rate,
    from,
    patience: PATIENCE,
    services: SERVICES,
    weak: weakPassword,
  };
}

type Accounts = ProbeOptions["accounts"];

async function accountsIn(file: string, parse: (text: string) => Accounts | Trouble): Promise<Accounts | Trouble> {
  const { readText } = await import("../input.ts");
  const text = await readText(file);
  return isTrouble(text)
    ? { ...text, safe: NOTHING, next: "Name a readable file in UTF-8: rempart probe --help" }
    : parse(text);
}

function readPorts(text: string | undefined): { from: number; to: number } | undefined | Trouble {
  if (text === undefined) return undefined;
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from < 1 || to > 65_535 || from > to) return misread("--rtp", text, "PORT or FROM-TO");
  return { from, to };
}

function wholeNumber(name: string, text: string | undefined, usual: number, most: number): number | Trouble {
  if (text === undefined) return usual;
  const n = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return n >= 1 && n <= most ? n : misread(name, text, `a number from 1 to ${most}`);
}

function misread(name: string, found: string, expected: string): Trouble {
  return trouble("USAGE", `${name}: found ${JSON.stringify(found)}, expected ${expected}`, NOTHING, HELP);
}

function noRule(id: string, all: string): Trouble {
  return trouble("USAGE", `--only: there is nothing called ${JSON.stringify(id)}`, NOTHING, `Take some of: ${all}`);
}

function noPermission(): Trouble {
  return trouble(
    "USAGE_PERMISSION",
    "probe attacks the target as a stranger would, and nobody may do that without the permission of its operator",
    NOTHING,
    "If it is yours, or you have that in writing: the same again with --i-have-permission",
  );
}
