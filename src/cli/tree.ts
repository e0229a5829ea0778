import type { Command } from "commander";

/** Puts a command, with those below it, into the program. */
type Add = (program: Command) => Promise<void>;

/**
 * The commands by their first word, in the order of the help. Each is loaded when its word is said: to load them all costs more than most of them
 * do, 0.2 s.
 */
export const BRANCHES: Readonly<Record<string, Add>> = {
  run: async (program) => (await import("./commands/run.ts")).run(program),
  watch: async (program) => {
    const [{ watch }, { watchImport }, { watchRegex }] = await Promise.all([
      import("./commands/watch.ts"),
      import("./commands/watch-import.ts"),
      import("./commands/watch-regex.ts"),
    ]);
    addAll(watch(program), [watchImport, watchRegex]);
  },
  init: async (program) => (await import("./commands/init.ts")).init(program),
  demo: async (program) => {
    const [{ demo }, { demoAttack }] = await Promise.all([
      import("./commands/demo.ts"),
      import("./commands/demo-attack.ts"),
    ]);
    demoAttack(demo(program));
  },
  status: async (program) => (await import("./commands/status.ts")).status(program),
  top: async (program) => (await import("./commands/top.ts")).top(program),
  account: async (program) => {
    const [add, list, set, remove, passwd, from] = await Promise.all([
      import("./commands/account-add.ts"),
      import("./commands/account-list.ts"),
      import("./commands/account-set.ts"),
      import("./commands/account-remove.ts"),
      import("./commands/account-passwd.ts"),
      import("./commands/account-import.ts"),
    ]);
    addAll(group(program, "account", "Who may register and call"), [
      add.accountAdd,
      list.accountList,
      set.accountSet,
      remove.accountRemove,
      passwd.accountPasswd,
      from.accountImport,
    ]);
  },
  registrations: async (program) => {
    const [{ registrationsList }, { registrationsDrop }] = await Promise.all([
      import("./commands/registrations-list.ts"),
      import("./commands/registrations-drop.ts"),
    ]);
    addAll(group(program, "registrations", "Who is registered, and where"), [registrationsList, registrationsDrop]);
  },
  backend: async (program) => {
    const [{ backendList }, { backendDrain, backendUndrain }] = await Promise.all([
      import("./commands/backend-list.ts"),
      import("./commands/backend-drain.ts"),
    ]);
    addAll(group(program, "backend", "The phone systems behind"), [backendList, backendDrain, backendUndrain]);
  },
  tls: async (program) => {
    const [{ tlsReload }, { tlsRenew }] = await Promise.all([
      import("./commands/tls-reload.ts"),
      import("./commands/tls-renew.ts"),
    ]);
    addAll(group(program, "tls", "Certificates"), [tlsReload, tlsRenew]);
  },
  trunk: async (program) => {
    const [{ trunkAdd }, { trunkList }, { trunkRemove }, { trunkTest }] = await Promise.all([
      import("./commands/trunk-add.ts"),
      import("./commands/trunk-list.ts"),
      import("./commands/trunk-remove.ts"),
      import("./commands/trunk-test.ts"),
    ]);
    const trunk = group(program, "trunk", "Who calls in without a password: carriers, known by their addresses");
    addAll(trunk, [trunkAdd, trunkList, trunkRemove, trunkTest]);
  },
  bans: async (program) => {
    const [b, { bansExport }] = await Promise.all([import("./commands/bans.ts"), import("./commands/bans-export.ts")]);
    const bans = group(program, "bans", "Who is kept out by the shield, or by hand");
    addAll(bans, [b.bansList, b.bansAdd, b.bansRemove, b.bansUndo, b.bansClear, bansExport]);
  },
  lists: async (program) => {
    const { listsRefresh, listsShow } = await import("./commands/lists.ts");
    listsRefresh(listsShow(program));
  },
  why: async (program) => (await import("./commands/why.ts")).why(program),
  enforce: async (program) => {
    const { enforceConfirm, enforceOff, enforceOn, enforceState } = await import("./commands/enforce.ts");
    addAll(enforceState(program), [enforceOn, enforceConfirm, enforceOff]);
  },
  events: async (program) => (await import("./commands/events.ts")).events(program),
  metrics: async (program) => (await import("./commands/metrics.ts")).metrics(program),
  replay: async (program) => (await import("./commands/replay.ts")).replay(program),
  probe: async (program) => (await import("./commands/probe.ts")).probe(program),
  audit: async (program) => {
    const [{ audit }, { auditPasswords }] = await Promise.all([
      import("./commands/audit.ts"),
      import("./commands/audit-passwords.ts"),
    ]);
    auditPasswords(audit(program));
  },
  secret: async (program) => {
    const { secretGenerate } = await import("./commands/secret-generate.ts");
    secretGenerate(group(program, "secret", "Passwords for phones, trunks and manager users"));
  },
  firewall: async (program) => {
    const [{ firewallPlan }, { firewallApply }, { firewallConfirm }, { firewallRollback }] = await Promise.all([
      import("./commands/firewall-plan.ts"),
      import("./commands/firewall-apply.ts"),
      import("./commands/firewall-confirm.ts"),
      import("./commands/firewall-rollback.ts"),
    ]);
    const firewall = group(program, "firewall", "The firewall of the whole machine");
    addAll(firewall, [firewallPlan, firewallApply, firewallConfirm, firewallRollback]);
  },
  config: async (program) => {
    const [{ configCheck }, { configShow }] = await Promise.all([
      import("./commands/config-check.ts"),
      import("./commands/config-show.ts"),
    ]);
    addAll(group(program, "config", "The configuration"), [configCheck, configShow]);
  },
  doctor: async (program) => (await import("./commands/doctor.ts")).doctor(program),
  warm: async (program) => (await import("./commands/warm.ts")).warm(program),
};

/** A word that only stands before others. */
function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false);
}

function addAll(parent: Command, commands: readonly ((parent: Command) => unknown)[]): void {
  for (const command of commands) command(parent);
}
