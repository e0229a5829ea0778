export { configFile, loadConfig } from "./load.ts";
export type { MetricsConfig } from "./metrics.ts";
export { showConfig, withoutSecrets } from "./show.ts";
export {
  type AccountsConfig,
  type BackendConfig,
  type Config,
  controlSocket,
  type DialConfig,
  type ListenConfig,
  type LoadedConfig,
  realmOf,
  type TrunkConfig,
} from "./types.ts";
export type { LogFormat, ManagerConfig, WatchConfig, WatchedPort } from "./watch.ts";
