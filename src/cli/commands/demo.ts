import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Control } from "../../control/index.ts";
import type { Demonstration } from "../../demo/index.ts";
import { type Outcome, perform } from "../perform.ts";
import { asTyped } from "../trouble.ts";

const DOMAIN = "demo.example";

/** `rempart demo`: an edge of its own on loopback, two phones that register and call, drawn as ladders. */
export function demo(parent: Command): void {
  parent
    .command("demo")
    .description("Watch two built-in phones register and call through an edge on loopback")
    .action((_options: object, command: Command) =>
      perform(command, async () => {
        // Its state is its own and goes with it: nothing of the real one is touched.
        const folder = await mkdtemp(join(tmpdir(), "rempart-demo-"));
        try {
          return await play(folder);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }),
    );
}

async function play(folder: string): Promise<Outcome | Trouble> {
  const control = await startEdge(folder);
  if (isTrouble(control)) return control;
  try {
    const { demonstrate } = await import("../../demo/index.ts");
    const [listener] = control.report.listeners;
    const edge = { host: listener.address, port: listener.port };
    const shown = await demonstrate(edge, DOMAIN, () => performance.now());
    return { data: shown, human: story(shown), exit: shown.ok ? 0 : 1 };
  } finally {
    await control.stop();
  }
}

async function startEdge(folder: string): Promise<Control | Trouble> {
  const [{ loadConfig }, { openStore }, { openAccounts, accountPolicy }, { startControl }, { ACCOUNTS }] =
    await Promise.all([
      import("../../config/index.ts"),
      import("../../store/index.ts"),
      import("../../accounts/index.ts"),
      import("../../control/index.ts"),
      import("../../demo/index.ts"),
    ]);
  const file = join(folder, "rempart.toml");
  const listen = '[[sip.listen]]\ntransport = "udp"\naddress = "127.0.0.1:0"\n';
  await writeFile(
    file,
    `state = "state"\n[sip]\ndomains = ["${DOMAIN}"]\n${listen}[firewall]\nbackend = "none"\n[log]\nlevel = "error"\n`,
  );
  const loaded = loadConfig(file);
  if (isTrouble(loaded)) return loaded;
  const store = await openStore(loaded.config.state, { busyMs: 1_000 });
  if (isTrouble(store)) return store;
  const accounts = openAccounts(store, accountPolicy(loaded.config), () => {});
  for (const account of ACCOUNTS) {
    const added = await accounts.add({ ...account, allowWeak: true });
    if (isTrouble(added)) return added;
  }
  await store.close();
  return startControl(loaded.config);
}

function story(shown: Demonstration): string {
  const acts = shown.acts.map((act) => `${act.title}\n\n${act.ladder}\n${act.ok ? "" : "FAILED: "}${act.outcome}`);
  const next = shown.ok
    ? asTyped("Now your own: rempart run", undefined)
    : asTyped("See what is wrong: rempart doctor", undefined);
  return `${acts.join("\n\n\n")}\n\n${next}`;
}
