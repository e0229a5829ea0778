/** `npm test`: all that needs no root and no other server. Arguments go to `node --test`. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { filesToRun } from "./support/groups.ts";

const cwd = join(import.meta.dirname, "..");
const options = ["--test", "--test-timeout=60000", "--test-concurrency=4", ...process.argv.slice(2)];
// Programs that the tests start find their code compiled as well.
const env = { ...process.env, NODE_COMPILE_CACHE: join(cwd, "node_modules/.cache/compile") };
process.exitCode =
  spawnSync(process.execPath, [...options, ...filesToRun()], { cwd, env, stdio: "inherit" }).status ?? 1;
