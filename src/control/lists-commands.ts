import { canonicalIp, countRanges, isTrouble, parseCidr, type Trouble, trouble } from "../base/index.ts";
import { isReserved } from "../lists/index.ts";
import type { Entry } from "../shield/index.ts";
import type { ListsKeeper } from "./lists.ts";
import type { ShieldKeeper } from "./shield.ts";

type Handler = (args: unknown) => Promise<unknown | Trouble>;

/** Commands of lists and countries; what those of the shield say of an address is completed. LIST_UNKNOWN. */
export function listCommands(
  keeper: ShieldKeeper,
  shield: Readonly<Record<string, Handler>>,
): Readonly<Record<string, Handler>> {
  const { lists } = keeper;
  return {
    ...shield,
    "lists.show": async () => listsView(lists),
    "lists.refresh": async (args) => {
      const name = textOf(args, "name");
      return (await lists.refresh(name)) ? listsView(lists) : unknown(lists, name);
    },
    "bans.list": async (args) => {
      const all = await shield["bans.list"](args);
      if (isTrouble(all) || lists.countries === undefined) return all;
      const { bans } = all as { readonly bans: readonly Entry[] };
      return { ...(all as object), bans: bans.map((b) => ({ ...b, country: lists.countryOf(b.source) ?? "" })) };
    },
    why: async (args) => {
      const story = await shield.why(args);
      if (isTrouble(story)) return story;
      const address = canonicalIp(textOf(args, "name"));
      if (address === undefined || !lists.isUsed) return story;
      const { never, standing } = story as { readonly never: boolean; readonly standing: readonly string[] };
      return {
        ...(story as object),
        country: lists.countryOf(address) ?? "",
        lists: lists.listsOf(address),
        refused: !never && standing.length === 0 && lists.refuses(address),
      };
    },
    "bans.export": async () => ({ bans: exported(keeper) }),
  };
}

/** Lists and countries as they stand. */
export function listsView(lists: ListsKeeper) {
  return {
    lists: lists.feeds.map((feed, place) => {
      const { definition, inForce, trouble } = feed;
      const { name, file, url } = definition;
      return {
        name,
        // The rest of a URL may hold a key.
        source: file === "" ? new URL(url).host : file,
        enforced: lists.isEnforced(definition),
        format: inForce?.format ?? definition.format ?? "",
        at: inForce?.at ?? 0,
        busy: feed.isBusy,
        entries: inForce?.entries ?? 0,
        ranges: inForce === undefined ? 0 : countRanges(inForce.table),
        leftOut: inForce?.leftOut,
        never: lists.touchesNever(feed),
        hits: lists.hits[place],
        trouble: trouble?.trouble ?? null,
        since: trouble?.since ?? 0,
      };
    }),
    country: countryView(lists),
  };
}

function countryView(lists: ListsKeeper) {
  const { countries, settings, byCountry } = lists;
  const { country } = settings;
  if (countries === undefined || country === undefined) return null;
  const known = countries.inForce;
  const { deny, allow, unknown: other } = country;
  return {
    file: countries.file,
    type: known?.type ?? "",
    built: known?.built ?? 0,
    countries: known?.codes.length ?? 0,
    ranges: known === undefined ? 0 : countRanges(known.table),
    enforced: lists.isEnforced(country),
    deny,
    allow,
    unknown: other,
    hits: Object.fromEntries([...byCountry].map(([code, times]) => [code === "" ? "unknown" : code, times])),
    trouble: countries.trouble ?? null,
  };
}

/** What others may know of our book: whole sources of the internet that were banned, no account, no device, no words of the operator. */
function exported(keeper: ShieldKeeper) {
  return [...keeper.shield.book.all()].flatMap((entry) => {
    const { source, account, action, origin, reason, since, until } = entry;
    const block = parseCidr(source);
    if (action !== "ban" || account !== "" || origin === "list" || block === undefined || isReserved(block)) return [];
    const label = origin === "operator" ? "by-hand" : reason;
    return [{ source, label, since: keeper.wall(since), until: keeper.wall(until) }];
  });
}

function textOf(args: unknown, name: string): string {
  const value: unknown = typeof args === "object" && args !== null ? Reflect.get(args, name) : undefined;
  return typeof value === "string" ? value : "";
}

function unknown({ feeds }: ListsKeeper, name: string): Trouble {
  const names = feeds.map((feed) => feed.definition.name).join(", ");
  const what = name === "" ? "no [[shield.list]] is configured" : `there is no list ${name}`;
  const next = names === "" ? "write a [[shield.list]] (docs/lists.md) and restart" : `one of: ${names}`;
  return trouble("LIST_UNKNOWN", what, "nothing was changed", next);
}
