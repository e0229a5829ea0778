export type { Entropy } from "./entropy.ts";
export type { Network } from "./network.ts";
