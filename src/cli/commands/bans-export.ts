import { createHash, randomUUID } from "node:crypto";
import { type Command, Option } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { list, number, text } from "../print.ts";

/** One ban as it is given to others. */
interface Exported {
  readonly source: string;
  /** The scenario, or `by-hand`. */
  readonly label: string;
  /** Wall milliseconds. */
  readonly since: number;
  readonly until: number;
}

/** `rempart bans export`: the book for others; no accounts, no private networks, no words of the operator. */
export function bansExport(parent: Command): void {
  parent
    .command("export")
    .description("Print who is banned, for other machines: as a list, or as STIX 2.1")
    .addOption(new Option("--format <form>", "form of the list").choices(["plain", "stix"]).default("plain"))
    .action((options: { readonly format: "plain" | "stix" }, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "bans.export", {});
        if (isTrouble(data)) return data;
        const bans = list(data, "bans").map((b) => ({
          source: text(b, "source"),
          label: text(b, "label"),
          since: number(b, "since"),
          until: number(b, "until"),
        }));
        const now = Date.now();
        const bundle = stixBundle(bans, now);
        const human = options.format === "stix" ? JSON.stringify(bundle, null, 2) : plainList(bans, now);
        return { data: options.format === "stix" ? bundle : data, human };
      }),
    );
}

/** An address or block a line; [[shield.list]] of another machine reads it. */
export function plainList(bans: readonly Exported[], now: number): string {
  const head = [`# Rempart: ${bans.length} banned sources, ${new Date(now).toISOString()}`];
  return [...head, ...bans.map(({ source, label, until }) => `${source} # ${label}, until ${moment(until)}`)].join(
    "\n",
  );
}

/** STIX 2.1: a bundle of indicators. The same ban has the same id each time, so that who reads twice does not count it twice. */
export function stixBundle(bans: readonly Exported[], now: number) {
  const objects = bans.map(({ source, label, since, until }) => {
    const kind = source.includes(":") ? "ipv6-addr" : "ipv4-addr";
    const compare = source.includes("/") ? "ISSUBSET" : "=";
    return {
      type: "indicator",
      spec_version: "2.1",
      id: `indicator--${uuidOf(`${source} ${since}`)}`,
      created: moment(since),
      modified: moment(since),
      name: `SIP attacker ${source}`,
      indicator_types: ["malicious-activity"],
      labels: [label],
      pattern: `[${kind}:value ${compare} '${source}']`,
      pattern_type: "stix",
      valid_from: moment(since),
      valid_until: moment(Math.max(until, since + 1, now)),
    };
  });
  return { type: "bundle", id: `bundle--${randomUUID()}`, objects };
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}

/** RFC 9562 5.8: a UUID of our own making, of what it stands for. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(`rempart ban ${text}`).digest("hex");
  const variant = "89ab"[Number.parseInt(hex[16], 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
