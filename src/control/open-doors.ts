import { isTrouble, type Trouble } from "../base/index.ts";
import { type Config, controlSocket } from "../config/index.ts";
import { Events, type Logger, openEventFile } from "../observe/index.ts";
import { type MetricsControl, type MetricsSources, openMetrics } from "./metrics.ts";
import { type Handlers, openControlSocket } from "./socket.ts";

/** Where one can ask the daemon: the socket of the command line and, where configured, metrics over HTTP. */
export interface Doors {
  close(): void;
}

/** Opens them all, or none. `handlers`: every command that is understood. */
export async function openDoors(
  config: Config,
  from: MetricsSources,
  handlers: (metrics: MetricsControl) => Handlers,
  log: Logger,
): Promise<Doors | Trouble> {
  const metrics = await openMetrics(config.metrics, from);
  if (isTrouble(metrics)) return metrics;
  const socket = await openControlSocket(controlSocket(config), handlers(metrics), log);
  if (isTrouble(socket)) metrics.close();
  if (isTrouble(socket)) return socket;
  return {
    close() {
      metrics.close();
      socket.close();
    },
  };
}

/** What happens, told to whoever asks and to the file of `events`. */
export function openEvents({ events }: Config, log: Logger): Events | Trouble {
  if (events === "") return new Events(undefined);
  const onState = (state: { readonly why: string } | { readonly lost: number }): void => {
    if ("why" in state) log.error({ file: events }, `events are not being written: ${state.why}; all else goes on`);
    else log.warn({ file: events, lost: state.lost }, "events are written again; some were lost");
  };
  const file = openEventFile(events, { onState });
  return isTrouble(file) ? file : new Events(file);
}
