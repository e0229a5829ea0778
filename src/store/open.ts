import type { Trouble } from "../base/index.ts";
import type { Store } from "./types.ts";

/** Opens (or makes, 0600 in a folder 0700) the database in the state folder and brings its schema up to date. */
export async function openStore(_state: string, _options: { readonly busyMs: number }): Promise<Store | Trouble> {
  throw new Error("being built");
}
