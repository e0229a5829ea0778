import { capability } from "./capability.ts";
import { core } from "./core.ts";
import { dialog } from "./dialog.ts";
import { info } from "./info.ts";
import { routing } from "./routing.ts";
import type { Header } from "./row.ts";
import { security } from "./security.ts";

/** The header registry: one row per header, by theme. To add a header, add a row with an unused id. */
export const H = { ...core, ...routing, ...security, ...capability, ...info, ...dialog };

/** All rows. */
export const HEADERS: readonly Header<unknown>[] = Object.values(H);
