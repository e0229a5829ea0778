import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { trouble } from "../base/index.ts";
import { accountAdd } from "./commands/account-add.ts";
import { accountImport } from "./commands/account-import.ts";
import { accountList } from "./commands/account-list.ts";
import { accountPasswd } from "./commands/account-passwd.ts";
import { accountRemove } from "./commands/account-remove.ts";
import { accountSet } from "./commands/account-set.ts";
import { backendDrain, backendUndrain } from "./commands/backend-drain.ts";
import { backendList } from "./commands/backend-list.ts";
import { bansAdd, bansList, bansRemove, bansUndo } from "./commands/bans.ts";
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
import { registrationsDrop } from "./commands/registrations-drop.ts";
import { registrationsList } from "./commands/registrations-list.ts";
import { replay } from "./commands/replay.ts";
import { run } from "./commands/run.ts";
import { status } from "./commands/status.ts";
import { tlsReload } from "./commands/tls-reload.ts";
import { tlsRenew } from "./commands/tls-renew.ts";
import { top } from "./commands/top.ts";
import { trunkAdd } from "./commands/trunk-add.ts";
import { trunkList } from "./commands/trunk-list.ts";
import { trunkRemove } from "./commands/trunk-remove.ts";
import { trunkTest } from "./commands/trunk-test.ts";
import { warm } from "./commands/warm.ts";
import { why } from "./commands/why.ts";
import { type Output, refuse } from "./perform.ts";

const program = new Command("rempart")
  .description("The public face of a phone system: a SIP edge that authenticates and routes")
  .version(version(), "--version", "print the version")
  .option(
    "--config <file>",
    "configuration file (default: rempart.toml beside the program, else /etc/rempart/rempart.toml)",
  )
  .addOption(new Option("-o, --output <form>", "form of what is printed").choices(["human", "json"]).default("human"))
  .helpOption("-h, --help", "print help")
  .helpCommand(false)
  .showSuggestionAfterError()
  .configureOutput({ writeErr: () => {} })
  .exitOverride();

run(program);
init(program);
demoAttack(demo(program));
status(program);
top(program);
const account = group("account", "Who may register and call");
for (const command of [accountAdd, accountList, accountSet, accountRemove, accountPasswd, accountImport])
  command(account);
const registrations = group("registrations", "Who is registered, and where");
for (const command of [registrationsList, registrationsDrop]) command(registrations);
const backend = group("backend", "The phone systems behind");
for (const command of [backendList, backendDrain, backendUndrain]) command(backend);
const tls = group("tls", "Certificates");
for (const command of [tlsReload, tlsRenew]) command(tls);
const trunk = group("trunk", "Who calls in without a password: carriers, known by their addresses");
for (const command of [trunkAdd, trunkList, trunkRemove, trunkTest]) command(trunk);
const bans = group("bans", "Who is kept out by the shield, or by hand");
for (const command of [bansList, bansAdd, bansRemove, bansUndo, bansExport]) command(bans);
const lists = listsShow(program);
listsRefresh(lists);
why(program);
const enforce = enforceState(program);
for (const command of [enforceOn, enforceConfirm, enforceOff]) command(enforce);
events(program);
metrics(program);
replay(program);
const firewall = group("firewall", "The firewall of the whole machine");
for (const command of [firewallPlan, firewallApply, firewallConfirm, firewallRollback]) command(firewall);
const config = group("config", "The configuration");
for (const command of [configCheck, configShow]) command(config);
doctor(program);
warm(program);

// Whoever reads our output may stop early (`| head`): that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  if (error.exitCode !== 0) misused(error);
}

/** A word that only stands before others. */
function group(name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false);
}

/** What commander calls an error is told like any other trouble. */
function misused(error: CommanderError): void {
  const words = process.argv.slice(2);
  const json = words.some((word, i) => word === "-ojson" || word === "--output=json" || (word === "json" && i > 0));
  const output: Output = json ? "json" : "human";
  // A command without the word that has to follow it: its help is the answer.
  const bare = error.code === "commander.help";
  const what = bare ? "a command is missing" : error.message.replace(/^error: /, "").replaceAll("\n", " ");
  if (bare && output === "human") process.stderr.write(`${helpFor(words)}\n`);
  refuse(trouble("USAGE", what, "Nothing was changed.", "See what there is: rempart --help"), { output });
}

function helpFor(words: readonly string[]): string {
  return (program.commands.find((c) => words.includes(c.name())) ?? program).helpInformation();
}

function version(): string {
  const about: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return about.version;
}
