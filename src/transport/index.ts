export type { CloseReason, TcpLimits } from "./connection.ts";
export { isOpenFault, type OpenFault } from "./fault.ts";
export { openTcp, type TcpHandlers, type TcpOptions, type TcpStats, type TcpTransport } from "./tcp.ts";
export { type OnPacket, openUdp, type UdpHandlers, type UdpOptions, type UdpStats, type UdpTransport } from "./udp.ts";
