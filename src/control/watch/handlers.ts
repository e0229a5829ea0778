import type { Trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import { type EventSource, eventCommands } from "../event-commands.ts";
import { listCommands, listsView } from "../lists-commands.ts";
import { type MetricsControl, ownLoad } from "../metrics.ts";
import type { ModeKeeper } from "../mode.ts";
import { modeCommands } from "../mode-commands.ts";
import type { ShieldKeeper } from "../shield.ts";
import { shieldCommands } from "../shield-commands.ts";
import type { Handlers } from "../socket.ts";
import { shieldTop } from "../top.ts";
import type { Intake } from "./intake.ts";
import type { Pbx } from "./pbx.ts";
import type { Sources } from "./sources.ts";

/** What the guard is made of, for those who ask. */
export interface WatchParts {
  readonly config: Config;
  readonly pbx: Pbx;
  readonly sources: Sources;
  readonly intake: Intake;
  readonly shield: ShieldKeeper;
  readonly mode: ModeKeeper;
  readonly events: EventSource;
  readonly findings: Trouble[];
  /** Packets come, and the log says nothing. */
  silent?: Trouble | undefined;
  readonly started: number;
}

/** Every command that the guard's socket understands: those of the edge's daemon that need no edge. */
export function watchHandlers(parts: WatchParts & { readonly metrics: MetricsControl }): Handlers {
  const { shield, mode, events, metrics, started } = parts;
  return {
    ...listCommands(shield, shieldCommands(shield, "")),
    ...modeCommands(mode, shield),
    ...eventCommands(events, started),
    metrics: async () => ({ text: await metrics.text() }),
    top: () => top(parts),
    status: () => status(parts, metrics),
  };
}

/** As that of the edge: packets are those that the kernel counts at the phone system's ports, sources those that the log speaks of. */
async function top({ shield, mode, sources, intake, started }: WatchParts): Promise<unknown> {
  const { seen = 0, ...others } = await shield.enforcer.counts();
  const { loop, rss } = ownLoad();
  const refused = Object.values(others).reduce((sum, n) => sum + n, 0);
  const lines = sources.view().reduce((sum, source) => sum + source.lines, 0);
  const { ms, sources: busiest } = intake.busiest();
  return {
    at: Date.now(),
    started,
    mode: mode.view(),
    packets: seen,
    refused,
    lines,
    standing: shield.shield.standing.size,
    loop: { control: loop },
    memory: rss,
    ms,
    ...shieldTop(shield, busiest),
  };
}

async function status(parts: WatchParts, metrics: MetricsControl): Promise<unknown> {
  const { config, pbx, sources, shield, mode, findings, silent, started } = parts;
  const { book, standing } = shield.shield;
  const held = [...book.all()].filter((entry) => shield.isInForce(entry)).length;
  return {
    mode: mode.view().mode,
    enforcement: mode.view(),
    metrics: metrics.at,
    state: config.state,
    pid: process.pid,
    started,
    watch: {
      sources: sources.view().map(({ trouble, ...rest }) => ({ ...rest, trouble: trouble ?? null })),
      ports: pbx.ports.map(({ protocol, port }) => `${port}/${protocol}`),
      udpEvidence: config.watch.udpEvidence,
      findings: silent === undefined ? findings : [...findings, silent],
    },
    lists: listsView(shield.lists),
    shield: { book: book.size, held, standing: standing.size },
    firewall: { ...shield.enforcer.view(), counts: await shield.enforcer.counts() },
    memory: { rss: process.memoryUsage.rss() },
  };
}
