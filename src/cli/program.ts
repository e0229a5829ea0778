import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { trouble } from "../base/index.ts";
import { accountAdd } from "./commands/account-add.ts";
import { accountImport } from "./commands/account-import.ts";
import { accountList } from "./commands/account-list.ts";
import { accountPasswd } from "./commands/account-passwd.ts";
import { accountRemove } from "./commands/account-remove.ts";
import { accountSet } from "./commands/account-set.ts";
import { audit } from "./commands/audit.ts";
import { auditPasswords } from "./commands/audit-passwords.ts";
import { backendDrain, backendUndrain } from "./commands/backend-drain.ts";
import { backendList } from "./commands/backend-list.ts";
import { bansAdd, bansClear, bansList, bansRemove, bansUndo } from "./commands/bans.ts";
import { bansExport } from "./commands/bans-export.ts";
import { configCheck } from "./commands/config-check.ts";
import { configShow } from "./commands/config-show.ts";
import { demo } from "./commands/demo.ts";
import { demoAttack } from "./commands/demo-attack.ts";
import { doctor } from "./commands/doctor.ts";
import { enforceConfirm, enforceOff, enforceOn, enforceState } from "./commands/enforce.ts";
import { events } from "./commands/events.ts";
import { firewallApply } from "./commands/firewall-apply.ts";
import { firewallConfirm } from "./commands/firewall-confirm.ts";
import { firewallPlan } from "./commands/firewall-plan.ts";
import { firewallRollback } from "./commands/firewall-rollback.ts";
import { init } from "./commands/init.ts";
import { listsRefresh, listsShow } from "./commands/lists.ts";
import { metrics } from "./commands/metrics.ts";
import { probe } from "./commands/probe.ts";
import { registrationsDrop } from "./commands/registrations-drop.ts";
import { registrationsList } from "./commands/registrations-list.ts";
import { replay } from "./commands/replay.ts";
import { run } from "./commands/run.ts";
import { secretGenerate } from "./commands/secret-generate.ts";
import { status } from "./commands/status.ts";
import { tlsReload } from "./commands/tls-reload.ts";
import { tlsRenew } from "./commands/tls-renew.ts";
import { top } from "./commands/top.ts";
import { trunkAdd } from "./commands/trunk-add.ts";
import { trunkList } from "./commands/trunk-list.ts";
import { trunkRemove } from "./commands/trunk-remove.ts";
import { trunkTest } from "./commands/trunk-test.ts";
import { warm } from "./commands/warm.ts";
import { watch } from "./commands/watch.ts";
import { watchImport } from "./commands/watch-import.ts";
import { watchRegex } from "./commands/watch-regex.ts";
import { why } from "./commands/why.ts";
import { type Console, type Output, refuse } from "./perform.ts";

/** Reads the words after the program's name, and does what they say. */
export async function rempart(words: readonly string[], console: Console): Promise<void> {
  const program = programFor(console);
  addCommands(program);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) misused(program, error, words, console);
  }
}

function programFor(console: Console): Command {
  return new Command("rempart")
    .description("The public face of a phone system: a SIP edge that authenticates and routes")
    .version(version(), "--version", "print the version")
    .option(
      "--config <file>",
      "configuration file (default: rempart.toml beside the program, else /etc/rempart/rempart.toml)",
    )
    .addOption(
      new Option("-o, --output <form>", "form of what is printed; sarif and html for what finds something")
        .choices(["human", "json", "sarif", "html"])
        .default("human"),
    )
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({ writeOut: console.out, writeErr: () => {} })
    .exitOverride()
    .setOptionValue("console", console);
}

function addCommands(program: Command): void {
  run(program);
  const guard = watch(program);
  for (const command of [watchImport, watchRegex]) command(guard);
  init(program);
  demoAttack(demo(program));
  status(program);
  top(program);
  const account = group(program, "account", "Who may register and call");
  for (const command of [accountAdd, accountList, accountSet, accountRemove, accountPasswd, accountImport])
    command(account);
  const registrations = group(program, "registrations", "Who is registered, and where");
  for (const command of [registrationsList, registrationsDrop]) command(registrations);
  const backend = group(program, "backend", "The phone systems behind");
  for (const command of [backendList, backendDrain, backendUndrain]) command(backend);
  const tls = group(program, "tls", "Certificates");
  for (const command of [tlsReload, tlsRenew]) command(tls);
  const trunk = group(program, "trunk", "Who calls in without a password: carriers, known by their addresses");
  for (const command of [trunkAdd, trunkList, trunkRemove, trunkTest]) command(trunk);
  const bans = group(program, "bans", "Who is kept out by the shield, or by hand");
  for (const command of [bansList, bansAdd, bansRemove, bansUndo, bansClear, bansExport]) command(bans);
  const lists = listsShow(program);
  listsRefresh(lists);
  why(program);
  const enforce = enforceState(program);
  for (const command of [enforceOn, enforceConfirm, enforceOff]) command(enforce);
  events(program);
  metrics(program);
  replay(program);
  probe(program);
  auditPasswords(audit(program));
  secretGenerate(group(program, "secret", "Passwords for phones, trunks and manager users"));
  const firewall = group(program, "firewall", "The firewall of the whole machine");
  for (const command of [firewallPlan, firewallApply, firewallConfirm, firewallRollback]) command(firewall);
  const config = group(program, "config", "The configuration");
  for (const command of [configCheck, configShow]) command(config);
  doctor(program);
  warm(program);
}

/** A word that only stands before others. */
function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false);
}

/** What commander calls an error is told like any other trouble. */
function misused(program: Command, error: CommanderError, words: readonly string[], console: Console): void {
  const json = words.some((word, i) => word === "-ojson" || word === "--output=json" || (word === "json" && i > 0));
  const output: Output = json ? "json" : "human";
  // A command without the word that has to follow it: its help is the answer.
  const bare = error.code === "commander.help";
  const what = bare ? "a command is missing" : error.message.replace(/^error: /, "").replaceAll("\n", " ");
  if (bare && output === "human") console.err(`${helpFor(program, words)}\n`);
  refuse(trouble("USAGE", what, "Nothing was changed.", "See what there is: rempart --help"), { output, console });
}

function helpFor(program: Command, words: readonly string[]): string {
  return (program.commands.find((c) => words.includes(c.name())) ?? program).helpInformation();
}

function version(): string {
  const about: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return about.version;
}
