export { Dissector, type PacketCounts } from "./dissector.ts";
export { CaptureReader } from "./reader.ts";
export type { Damage } from "./record.ts";
export type { StreamCounts } from "./streams.ts";
export type { Wire } from "./wire.ts";
