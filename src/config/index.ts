export { loadConfig } from "./load.ts";
export { showConfig } from "./show.ts";
export {
  type BackendConfig,
  type Config,
  controlSocket,
  type DialConfig,
  type ListenConfig,
  type LoadedConfig,
  realmOf,
  type TrunkConfig,
} from "./types.ts";
