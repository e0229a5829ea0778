import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { canonicalIp, hostPort, isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { type Outcome, perform } from "../perform.ts";
import { asTyped } from "../trouble.ts";

interface Options {
  readonly asteriskConfig: string;
  readonly pbx?: string;
  readonly register?: "relay" | "edge" | "mirror";
  readonly domain?: string;
  readonly force?: true;
}

/** `rempart init`: looks for the phone system, shows it, and writes a configuration; nothing else is changed. */
export function init(parent: Command): void {
  parent
    .command("init")
    .description("Look for Asterisk and write a commented rempart.toml")
    .option("--asterisk-config <dir>", "folder of Asterisk's files", "/etc/asterisk")
    .option("--pbx <address[:port]>", "ask the phone system at this address instead of looking on this machine")
    .addOption(new Option("--register <who>", "who is the registrar").choices(["relay", "edge", "mirror"]))
    .option("--domain <name>", "the domain that phones register with")
    .option("--force", "overwrite a configuration that is there")
    .action((options: Options, command: Command) =>
      perform(command, () => begin(options, command.optsWithGlobals<{ config?: string }>().config)),
    );
}

async function begin(o: Options, named: string | undefined): Promise<Outcome | Trouble> {
  const { configFile } = await import("../../config/index.ts");
  const { exists, writeConfig } = await import("../init/write.ts");
  const file = configFile(named);
  if (o.force !== true && existsSync(file)) return exists(file);
  const found = await find(o);
  if (isTrouble(found)) return found;
  const { planFor, stepsFor } = await import("../init/plan.ts");
  const { tomlFor } = await import("../init/toml.ts");
  const { reportOf } = await import("../init/report.ts");
  const plan = planFor(found);
  const register = o.register ?? (plan.uri === undefined ? "edge" : "relay");
  if (register !== "edge" && plan.uri === undefined) return nothing(o.asteriskConfig);
  const domain = o.domain ?? domainOf(found);
  const failed = writeConfig(file, tomlFor({ found, plan, register, domain }), o.force === true);
  if (failed !== undefined) return failed;
  const next = stepsFor(found, plan, register).map((step) => asTyped(step, named));
  const list = next.map((step, i) => `  ${i + 1}. ${step}`).join("\n");
  const shown = found === undefined ? "No phone system: Rempart alone." : reportOf(found);
  return {
    data: { file, register, backend: plan.uri ?? null, moved: plan.moved ?? null, open: plan.open, found, next },
    human: `${shown}\n\nWritten: ${file} (register = "${register}")\n\nNext:\n${list}\n\nWhy, and what the PBX needs: docs/front.md`,
  };
}

/** A realm may be any words: it is taken for a domain where it looks like one. */
function domainOf(found: Found | undefined): string | undefined {
  const said = found?.site?.domain?.toLowerCase() ?? "";
  return /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(said) ? said : undefined;
}

type Found = import("../init/find.ts").Found;

/** What is there; undefined when nothing is and nothing is needed. */
async function find(o: Options): Promise<Found | undefined | Trouble> {
  const { findAt, findHere } = await import("../init/find.ts");
  if (o.pbx === undefined) {
    const found = await findHere(o.asteriskConfig);
    return found === undefined && o.register !== "edge" ? nothing(o.asteriskConfig) : found;
  }
  const at = endOf(o.pbx);
  if (at === undefined) {
    const what = `--pbx: found ${JSON.stringify(o.pbx)}, expected an address such as 10.0.0.11 or 10.0.0.11:5060`;
    return trouble("USAGE", what, "Nothing was written.", "See how it is written: rempart init --help");
  }
  return (await findAt(at.host, at.port)) ?? silent(hostPort(at.host, at.port));
}

/** "10.0.0.11", "10.0.0.11:5060", "[2001:db8::1]:5060", "2001:db8::1". */
function endOf(text: string): { host: string; port: number } | undefined {
  const [, inner = text, digits] = /^(?:\[([^\]]*)\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const bare = digits === undefined ? inner : text.startsWith("[") ? inner : text.slice(0, text.lastIndexOf(":"));
  const host = canonicalIp(bare);
  const port = digits === undefined ? 5_060 : Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

function nothing(folder: string): Trouble {
  return trouble(
    "PBX_NOT_FOUND",
    `no Asterisk was found on this machine: no SIP driver's file in ${folder}, nothing that answers as one`,
    "Nothing was written.",
    "Say where it is: rempart init --pbx ADDRESS, or go without: rempart init --register edge",
  );
}

function silent(at: string): Trouble {
  return trouble(
    "PBX_SILENT",
    `nothing at ${at} answers OPTIONS, over UDP or TCP`,
    "Nothing was written.",
    "See that it runs, and that its firewall and ACL let this machine in; then again: rempart init --pbx ADDRESS",
  );
}
