import type { Trouble } from "../base/index.ts";
import type { LoadedConfig } from "./types.ts";

/** Reads the configuration: `file`, or without one the defaults. CONFIG_INVALID or CONFIG_UNREADABLE with a line for each fault. */
export function loadConfig(_file: string | undefined): LoadedConfig | Trouble {
  throw new Error("being built");
}
