// Last step of the installation: fills the compile cache. Whatever goes wrong costs nothing but a slower first start.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

spawnSync(fileURLToPath(new URL("rempart", import.meta.url)), ["warm"], { stdio: "ignore", timeout: 30_000 });
