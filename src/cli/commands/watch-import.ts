import { closeSync, openSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { ImportPlan } from "../../watch/index.ts";
import { readText } from "../input.ts";
import { type Outcome, perform } from "../perform.ts";

/** `rempart watch import FILE`: what of fail2ban's or SIPCheck's configuration has a counterpart, as a file of ours. */
export function watchImport(parent: Command): void {
  parent
    .command("import")
    .description("Write the settings of fail2ban's jails, or of SIPCheck, as a configuration for `watch`")
    .argument("<file>", "jail.local or jail.conf (all files of its folder count), or sipcheck.conf")
    .option("--out <file>", "write it into a new file, instead of printing it")
    .action((file: string, options: { readonly out?: string }, command: Command) =>
      perform(command, () => importFrom(resolve(file), options.out)),
    );
}

async function importFrom(file: string, out: string | undefined): Promise<Outcome | Trouble> {
  const plan = await planOf(file);
  if (isTrouble(plan)) return plan;
  const { planToml } = await import("../../watch/index.ts");
  const toml = planToml(plan);
  const { taken, left } = plan;
  const data = { toml, taken, left };
  if (out === undefined) return { data, human: toml.trimEnd() };
  const failed = writeNew(resolve(out), toml);
  if (failed !== undefined) return failed;
  const lines = (title: string, all: readonly string[]): string[] =>
    all.length === 0 ? [] : [title, ...all.map((line) => `  ${line}`)];
  const report = [...lines("Taken:", taken), ...lines("Not taken:", left)].join("\n");
  return {
    data: { ...data, file: resolve(out) },
    human: `${report}\n\n${resolve(out)} is written. Try it: rempart --config ${out} watch`,
  };
}

async function planOf(file: string): Promise<ImportPlan | Trouble> {
  const [{ Ini, importFail2ban, importSipcheck, isSipcheck }, { fail2banFolder, readFail2ban }] = await Promise.all([
    import("../../watch/index.ts"),
    import("../../control/index.ts"),
  ]);
  const text = await readText(file);
  if (isTrouble(text))
    return {
      ...text,
      safe: "Nothing was written.",
      next: "Name jail.local or sipcheck.conf: rempart watch import FILE",
    };
  const ini = new Ini();
  ini.add(file, text);
  if (isSipcheck(ini)) {
    const beside = await readText(join(dirname(file), "whitelist.txt"));
    return importSipcheck(ini, isTrouble(beside) ? undefined : beside);
  }
  if (!/(?:^|\/)jail\.(?:conf|local)$|\/jail\.d\/[^/]+$/.test(file)) return neither(file);
  const all = readFail2ban(fail2banFolder(file));
  return all === undefined ? neither(file) : importFail2ban(all.ini);
}

function neither(file: string): Trouble {
  const what = `${file} is neither a jail.local (jail.conf, jail.d/*) of fail2ban nor a sipcheck.conf`;
  return trouble(
    "USAGE_IMPORT",
    what,
    "Nothing was written.",
    "Name one of them: rempart watch import /etc/fail2ban/jail.local",
  );
}

/** Never over what is there. */
function writeNew(file: string, text: string): Trouble | undefined {
  try {
    const fd = openSync(file, "wx", 0o600);
    writeFileSync(fd, text);
    closeSync(fd);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const what = code === "EEXIST" ? `${file} is there already` : `${file} cannot be written: ${code}`;
    return trouble(
      "USAGE_IMPORT",
      what,
      "Nothing was written.",
      "Name a file that is not there yet, or leave --out out",
    );
  }
}
