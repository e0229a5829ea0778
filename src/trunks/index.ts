export { trunkCommands, trunkTest } from "./commands.ts";
export { openTrunks } from "./service.ts";
export type { Trunks, TrunkTarget } from "./types.ts";
