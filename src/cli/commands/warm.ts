import { mkdtempSync, rmSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { isTrouble } from "../../base/index.ts";

/**
 * `rempart warm`, hidden: called once by the installation. It loads every command, starts everything without a single socket and stops again, so
 * that what is compiled lies in the cache. Measured: 116 MiB after start instead of 153, since
 * the TypeScript compiler is never loaded.
 */
export function warm(parent: Command): void {
  parent.command("warm", { hidden: true }).action(async () => {
    const state = mkdtempSync(join(tmpdir(), "rempart-warm-"));
    try {
      const [{ startControl }, { loadConfig }, { BRANCHES }] = await Promise.all([
        import("../../control/index.ts"),
        import("../../config/index.ts"),
        import("../tree.ts"),
        import("../../store/index.ts"),
      ]);
      for (const add of Object.values(BRANCHES)) await add(new Command());
      const loaded = loadConfig(undefined);
      if (isTrouble(loaded)) return;
      const { config } = loaded;
      const control = await startControl({ ...config, state, backends: [], sip: { ...config.sip, listen: [] } });
      flushCompileCache();
      if (!isTrouble(control)) await control.stop();
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });
}
