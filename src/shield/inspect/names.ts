import { BoundedMap, own } from "../../base/index.ts";

/**
 * Names that tools give themselves, in small letters, wherever they stand in a User-Agent or a display name. Only such as no phone has: libraries
 * and monitors that honest people use as well (sipsak, sipp, VaxSIPUserAgent, CSipSimple, PortSIP) are not here.
 */
const NAMES: readonly string[] = [
  "friendly-scanner",
  "friendly-request",
  "sipvicious",
  "sundayddr",
  "sipcli",
  "pplsip",
  "sippts",
  "sipptk",
  "sip-scan",
  "sipscan",
  "iwar",
  "sivus",
  "siparmyknife",
  "vaxipuseragent",
  "voiphopper",
  "nsauditor",
  "nmap nse",
];

/** Those that are too short to be looked for within others. */
const WHOLE: readonly string[] = ["smap", "gulp", "sipv", "scanner"];

/** Different User-Agents that are remembered: there are few, and each comes with every packet of a device. */
const KNOWN = 4_096;

/** Looks for tools by the names they give themselves. */
export class ToolNames {
  readonly #known = new BoundedMap<string, string>(KNOWN);

  /** The tool that says its name in this User-Agent or display name; "" for none. HOT. */
  in(text: string): string {
    const seen = this.#known.get(text);
    if (seen !== undefined) return seen;
    const small = text.toLowerCase();
    const found = WHOLE.find((name) => small === name) ?? NAMES.find((name) => small.includes(name)) ?? "";
    this.#known.set(own(text), found);
    return found;
  }
}
