export type { CloseReason } from "./connection.ts";
export type { TlsCredentials } from "./credentials.ts";
export { type DoorCounts, newDoorCounts, type OnDoor } from "./doors.ts";
export { isOpenFault, type OpenFault } from "./fault.ts";
export type { StreamTransport } from "./stream.ts";
export { openTcp } from "./tcp.ts";
export { openTls } from "./tls.ts";
export { openUdp, UDP_BUFFER, type UdpOptions, type UdpTransport } from "./udp.ts";
export { openWeb } from "./ws.ts";
