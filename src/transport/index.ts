export type { CloseReason } from "./connection.ts";
export type { TlsCredentials } from "./credentials.ts";
export { type DoorCounts, newDoorCounts, type OnDoor, TOO_SLOW } from "./doors.ts";
export { isOpenFault, type OpenFault } from "./fault.ts";
export { openTls, openWeb } from "./on-demand.ts";
export type { StreamTransport } from "./stream.ts";
export { openTcp } from "./tcp.ts";
export { openUdp, UDP_BUFFER, type UdpOptions, type UdpTransport } from "./udp.ts";
