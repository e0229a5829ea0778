import { DISTURBED, disturbance } from "../cells.ts";
import { versionOf } from "../process.ts";
import { count, kamailioVersion, machine, madeBy, ms, table } from "../report.ts";
import type { Heard } from "./client.ts";
import type { IdleRow, Row } from "./rows.ts";
import type { Contender } from "./servers.ts";

/** One row measured on one server. */
export interface Cell extends Heard {
  readonly row: string;
  readonly server: string;
}

/** Memory in MiB without connections and with them. */
export interface IdleCell {
  readonly row: string;
  readonly server: string;
  readonly connections: number;
  readonly before: number;
  readonly after: number;
  readonly spoken: string;
}

export interface Findings {
  readonly command: string;
  readonly key: string;
  readonly seconds: number;
  readonly warmup: number;
  readonly rounds: number;
  readonly contenders: readonly Contender[];
  readonly rows: readonly Row[];
  readonly cells: readonly Cell[];
  readonly idleRows: readonly IdleRow[];
  readonly idle: readonly IdleCell[];
}

/** The load counts as busy from here on: more could not be asked of the server. */
const LOAD_BUSY = 0.9;

/** "", or why a cell is not to be counted on: "*" others had the machine, "+" the load could do no more. */
export function mark(m: Heard): "" | "*" | "+" {
  if (m.others_cpu >= DISTURBED) return "*";
  if (disturbance(m, true) < DISTURBED) return "";
  return m.own_cpu >= LOAD_BUSY ? "+" : "*";
}

/** The round with the median rate, of those that nobody disturbed where there are any; undefined when it was not measured there. */
export function median(cells: readonly Cell[], row: string, server: string): Cell | undefined {
  const all = cells.filter((c) => c.row === row && c.server === server);
  const clean = all.filter((c) => mark(c) !== "*");
  const found = (clean.length > 0 ? clean : all).sort((a, b) => a.rate - b.rate);
  return found[found.length >> 1];
}

/** The whole page of bench/STREAMS.md. */
export function report(f: Findings): string {
  const parts = [heading(f)];
  if (f.cells.length > 0) parts.push(rates(f), everyCell(f));
  if (f.idle.length > 0) parts.push(idle(f));
  return `${parts.join("\n\n")}\n`;
}

function heading(f: Findings): string {
  const openssl = versionOf(["openssl", "version"]).split(" ").slice(0, 2).join(" ");
  return [
    "# TCP, TLS and WebSocket",
    "",
    madeBy(f.command),
    "",
    machine(),
    `Versions: ${kamailioVersion()} with its \`tls\` and \`websocket\` modules and ${openssl}, one process that reads connections; Node ${process.versions.node} with OpenSSL ${process.versions.openssl}.`,
    `Closed loop, 64 in flight, ${f.seconds} s a cell after ${f.warmup} s to warm up, median of ${f.rounds} rounds in turn. Both show the same self-signed certificate`,
    `(${f.key}) and give tickets. \`README.md\` beside this page says what each figure is.`,
  ].join("\n");
}

const us = (c: Cell): number => (c.server_cpu / Math.max(1, c.done)) * 1e6;

function rates(f: Findings): string {
  const head = ["per second", ...f.contenders.map((c) => c.title), "us of Rempart's core each", "at least"];
  const body = f.rows.map((row) => {
    const own = median(f.cells, row.name, "rempart");
    const base = median(f.cells, row.name, "kamailio");
    const shown = f.contenders.map(({ name }) => {
      const c = median(f.cells, row.name, name);
      if (c === undefined) return "";
      const ratio = base === undefined || name === "kamailio" ? "" : ` (${(c.rate / base.rate).toFixed(2)})`;
      return `${count(c.rate)}${ratio}${mark(c)}`;
    });
    return [
      row.title,
      ...shown,
      own === undefined ? "" : count(us(own)),
      row.least === undefined ? "" : count(row.least),
    ];
  });
  const note =
    "In brackets the ratio to Kamailio. `*`: others had a hand in it, count on the microseconds; `+`: the load could do no more, so it is at least this.";
  return `## Rates\n\n${note}\n\n${table(head, body)}`;
}

function everyCell(f: Findings): string {
  const head = ["row", "server", "per second", "p50 ms", "p99", "p99.9", "lost", "wrong", "not resumed"];
  head.push("server busy", "us of it each", "load busy", "others", "stolen", "spoken");
  const percent = (n: number): string => `${Math.round(n * 100)} %`;
  const body: string[][] = [];
  for (const row of f.rows) {
    for (const { name, title } of f.contenders) {
      const c = median(f.cells, row.name, name);
      if (c === undefined) continue;
      body.push([
        ...[row.title, title, `${count(c.rate)}${mark(c)}`, ms(c.p50), ms(c.p99), ms(c.p999)],
        ...[c.lost, c.errors, c.not_resumed].map(String),
        ...[percent(c.server_cpu / c.seconds), us(c).toFixed(0), percent(c.own_cpu)],
        ...[percent(c.others_cpu), percent(c.stolen), c.spoken],
      ]);
    }
  }
  return `## Every cell\n\n${table(head, body)}`;
}

function idle(f: Findings): string {
  const head = ["connections", "server", "MiB without", "MiB with them", "KiB each", "at most", "spoken"];
  const body = f.idleRows.flatMap((row) =>
    f.contenders.flatMap(({ name, title }) => {
      const c = f.idle.find((i) => i.row === row.name && i.server === name);
      if (c === undefined) return [];
      const each = ((c.after - c.before) * 1024) / c.connections;
      const most = row.most === undefined ? "" : count(row.most);
      const what = `${count(c.connections)} over ${row.title}`;
      return [[what, title, count(c.before), count(c.after), each.toFixed(1), most, c.spoken]];
    }),
  );
  return `## Memory of idle connections\n\nEach was answered one OPTIONS. 600 MB are 572 MiB.\n\n${table(head, body)}`;
}
