import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import { perform } from "../perform.ts";

/** `rempart config check`: reads and judges the configuration and the certificates it names, needs no rights and starts nothing. */
export function configCheck(parent: Command): void {
  parent
    .command("check")
    .description("Check the configuration; nothing is started")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const loaded = await context.load();
        if (isTrouble(loaded)) return loaded;
        const { config, files } = loaded;
        const unread = usesTls(config) ? await checkTlsFiles(config) : [];
        if (isTrouble(unread)) return unread;
        const lists = await checkLists(config);
        if (isTrouble(lists)) return lists;
        const found =
          files.length === 0 ? "Configuration OK: defaults, no file." : `Configuration OK: ${files.join(", ")}`;
        const open = unread.map((file) => `\nNot checked, as this user may not read it: ${file}`);
        return { data: { ok: true, files, ...(open.length === 0 ? {} : { unread }) }, human: found + open.join("") };
      }),
    );
}

/** The files of [[shield.list]] and [shield.country]; no URL is asked. */
async function checkLists({ shield: { lists, country } }: Config): Promise<undefined | Trouble> {
  if (lists.length === 0 && country === undefined) return undefined;
  const { listFault, countryFault } = await import("../../lists/index.ts");
  const found: (string | undefined)[] = [];
  for (const each of lists) found.push(await listFault(each));
  if (country !== undefined) found.push(await countryFault(country.file));
  const faults = found.filter((fault) => fault !== undefined);
  if (faults.length === 0) return undefined;
  return trouble(
    "CONFIG_INVALID",
    faults.length === 1 ? faults[0] : `lists and countries have ${faults.length} faults`,
    "Nothing was started or changed.",
    "Correct it, then: rempart config check",
    faults,
  );
}

/** Without a listener that shows them, a start reads no certificates either. */
function usesTls({ sip, backends }: Config): boolean {
  const listens = sip.listen.some((l) => l.transport === "tls" || l.transport === "wss");
  return listens || backends.some((b) => b.transport === "tls");
}

/** Names of files that could not be looked at, for want of right. */
async function checkTlsFiles({ tls }: Config): Promise<readonly string[] | Trouble> {
  const { fileFaults } = await import("../../certificates/index.ts");
  const { faults, unread } = fileFaults({ files: tls.certificates, peers: tls.peers });
  if (faults.length === 0) return unread;
  return trouble(
    "CONFIG_INVALID",
    faults.length === 1 ? faults[0] : `the files of [tls] have ${faults.length} faults`,
    "Nothing was started or changed.",
    "Correct it, then: rempart config check",
    faults,
  );
}
