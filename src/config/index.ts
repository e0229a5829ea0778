export { loadConfig } from "./load.ts";
export { showConfig } from "./show.ts";
export {
  type BackendConfig,
  type Config,
  controlSocket,
  type ListenConfig,
  type LoadedConfig,
  realmOf,
} from "./types.ts";
