export { loadConfig } from "./load.ts";
export { showConfig } from "./show.ts";
export {
  type BackendConfig,
  type Config,
  controlSocket,
  type DigestAlgorithm,
  type ListenConfig,
  type LoadedConfig,
  type LogLevel,
  realmOf,
  type UdpAdapter,
} from "./types.ts";
