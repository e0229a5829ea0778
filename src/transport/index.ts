export type { CloseReason } from "./connection.ts";
export { isOpenFault, type OpenFault } from "./fault.ts";
export { openTcp, type TcpOptions, type TcpTransport } from "./tcp.ts";
export { openUdp, UDP_BUFFER, type UdpOptions, type UdpTransport } from "./udp.ts";
