import { cpus, release, totalmem } from "node:os";
import { type Cell, median, type Plan } from "./cells.ts";
import type { Crowd, HalfRate, Soak } from "./extras.ts";
import type { Measured } from "./load.ts";
import { versionOf } from "./process.ts";
import { ROWS, type Row } from "./rows.ts";
import type { Contender } from "./servers.ts";

/** Everything that a run found; what was not asked for is undefined. */
export interface Findings {
  readonly command: string;
  readonly plan: Plan;
  readonly contenders: readonly Contender[];
  readonly rows: readonly Row[];
  readonly cells: readonly Cell[];
  readonly half: readonly HalfRate[] | undefined;
  readonly idle: { readonly empty: number; readonly accounts: number } | undefined;
  readonly crowd: Crowd | undefined;
  readonly soak: Soak | undefined;
}

/** The whole page of bench/RESULTS.md. */
export function report(f: Findings): string {
  const parts = [heading(f), ratios(f), cellTable(f)];
  if (f.half !== undefined) parts.push(halfTable(f.half));
  if (f.idle !== undefined || f.crowd !== undefined) parts.push(memoryPart(f));
  if (f.soak !== undefined) parts.push(soakPart(f.soak));
  return `${parts.join("\n\n")}\n`;
}

function heading(f: Findings): string {
  return [
    "# Results",
    "",
    madeBy(f.command),
    "",
    machine(),
    `Versions: ${kamailioVersion()}, started with \`-x fm\`, one UDP worker; Node ${process.versions.node}.`,
    `Closed loop, 64 in flight, ${f.plan.accounts.toLocaleString("en")} accounts, ${f.plan.seconds} s a cell after ${f.plan.warmup} s to warm up, median of ${f.plan.rounds} rounds in turn. Digest by MD5 but for the`,
    "column that says otherwise. `README.md` beside this page says what each figure is.",
  ].join("\n");
}

/** Which command made a page, and when. */
export const madeBy = (command: string): string =>
  `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}.`;

/** What it ran on, as a sentence of the page. */
export function machine(): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  const gib = Math.round(totalmem() / 2 ** 30);
  return `Machine: ${cpus().length} cores (${model}), ${gib} GiB, Linux ${release()}. Server on core 0, load generator on core 1, everything over 127.0.0.1.`;
}

/** "Kamailio 5.6.3 (x86_64/linux)"; "" when it is not there. */
export const kamailioVersion = (): string =>
  versionOf(["kamailio", "-v"]).replace("version: ", "").replace("kamailio", "Kamailio");

export const count = (n: number): string => Math.round(n).toLocaleString("en");
const percent = (n: number): string => `${(n * 100).toFixed(1)} %`;
export const ms = (n: number): string => (n < 10 ? n.toFixed(2) : n.toFixed(0));
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** A table of a page; columns of numbers stand right. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [
    line(head),
    line(head.map((_, i) => (body.every((row) => /^\d|^$/.test(row[i] ?? "")) ? "---:" : "---"))),
    ...body.map(line),
  ].join("\n");
}

function ratios(f: Findings): string {
  const rows = f.rows.filter((r) => r.sha256For === undefined);
  const others = f.contenders.filter((c) => c.name !== "kamailio");
  const sha = f.rows.some((r) => r.sha256For !== undefined);
  const head = ["per second (ratio to Kamailio)", "Kamailio", ...others.map((c) => c.title)];
  if (sha) head.push("Rempart, SHA-256");
  const body = rows.map((row) => {
    const base = median(f.cells, row.name, "kamailio");
    const shown = (cell: Cell | undefined): string => {
      if (cell === undefined) return "";
      return base === undefined ? count(cell.rate) : `${count(cell.rate)} (${(cell.rate / base.rate).toFixed(2)})`;
    };
    const cells = [
      row.title,
      base === undefined ? "" : count(base.rate),
      ...others.map((c) => shown(median(f.cells, row.name, c.name))),
    ];
    const strong = f.rows.find((r) => r.sha256For === row.name);
    if (sha) cells.push(strong === undefined ? "" : shown(median(f.cells, strong.name, "rempart-batch")));
    return [...cells, `${row.least.toFixed(1)}, ${row.aim.toFixed(1)}`];
  });
  return `## Rates\n\n${table([...head, "at least, aim"], body)}`;
}

function cellTable(f: Findings): string {
  const head = [
    "row",
    "server",
    "per second",
    "p50 ms",
    "p99",
    "p99.9",
    "lost",
    "wrong",
    "sent again",
    "server busy",
    "us of it each",
    "us each datagram",
    "load busy",
    "others",
    "MiB",
  ];
  const body: string[][] = [];
  for (const row of f.rows) {
    for (const contender of f.contenders) {
      const c = median(f.cells, row.name, contender.name);
      if (c === undefined) continue;
      const each = (c.server_cpu / c.done) * 1e6;
      body.push([
        ...[row.title, contender.title, count(c.rate), ms(c.p50), ms(c.p99), ms(c.p999)],
        ...[String(c.lost), String(c.errors + c.unacked), String(c.retransmitted)],
        ...[`${Math.round((c.server_cpu / c.seconds) * 100)} %`, each.toFixed(1), (each / row.datagrams).toFixed(1)],
        ...[`${Math.round(c.own_cpu * 100)} %`, `${Math.round(c.others_cpu * 100)} %`, count(c.memory)],
      ]);
    }
  }
  return `## Every cell\n\n${table(head, body)}`;
}

function halfTable(half: readonly HalfRate[]): string {
  const head = [
    "row",
    "server",
    "offered per second",
    "p50 ms",
    "p99",
    "p99.9",
    "longest",
    "lost",
    "wrong",
    "server busy",
    "stolen",
    "p99, p99.9 of bare C",
  ];
  const title = (name: string): string => ROWS.find((r) => r.name === name)?.title ?? name;
  const body = half.map((h) => [
    ...[title(h.row), h.server, count(h.offered), ms(h.p50), ms(h.p99), ms(h.p999), ms(h.max)],
    ...[String(h.lost), String(h.errors + h.unacked + h.overflow), `${Math.round((h.server_cpu / h.seconds) * 100)} %`],
    ...[percent(h.stolen), `${ms(h.control.p99)}, ${ms(h.control.p999)} (${percent(h.control.stolen)})`],
  ]);
  return `## At half the top rate\n\nOpen loop: an exchange's time runs from when it was due, garbage collection included. The last column is a bare C echo of as many datagrams, right after, and what was stolen meanwhile.\n\n${table(head, body)}`;
}

function memoryPart(f: Findings): string {
  const lines = ["## Memory of Rempart", ""];
  if (f.idle !== undefined) {
    lines.push(
      `Idle, 5 s after the start: ${count(f.idle.empty)} MiB with no account, ${count(f.idle.accounts)} MiB with ${count(f.plan.accounts)}.`,
      "",
    );
  }
  const crowd = f.crowd;
  if (crowd === undefined) return lines.join("\n").trimEnd();
  const few = count(f.plan.accounts);
  const many = count(crowd.bindings);
  lines.push(
    `${many} accounts: ${count(crowd.idle)} MiB with no binding; ${count(crowd.registered)} MiB after all have registered (${count(crowd.rate)}/s); ${count(crowd.restored)} MiB after a restart`,
    `that restored them (${count(crowd.restored - crowd.idle)} MiB more than without). Rates with few bindings, with many and the same phones at work, and with all of them at work:`,
    "",
  );
  const change = (from: Measured, to: Measured): string => {
    const percent = (to.rate / from.rate - 1) * 100;
    return `${count(to.rate)} (${percent < 0 ? "" : "+"}${percent.toFixed(1)} %)`;
  };
  const wrong = (m: Measured): number => m.lost + m.errors + m.unacked;
  const body = crowd.rates.map((r) => [
    ROWS.find((row) => row.name === r.row)?.title ?? r.row,
    ...[count(r.few.rate), change(r.few, r.many), change(r.few, r.all)],
    String(wrong(r.few) + wrong(r.many) + wrong(r.all)),
  ]);
  const head = ["row", `${few} bindings`, `${many}`, `${many}, all at work`, "lost or wrong"];
  return [...lines, table(head, body)].join("\n");
}

function soakPart(s: Soak): string {
  return [
    `## ${Math.round(s.seconds / 60)} minutes at half the top rate`,
    "",
    `Calls with digest, ${count(s.offered)} per second, ${count(s.done)} in all: ${s.lost} lost, ${s.errors + s.unacked + s.overflow} wrong, ${s.retransmitted} datagrams sent again.`,
    ...(s.first_error === "" ? [] : [`First wrong: \`${s.first_error}\`.`]),
    `p50 ${ms(s.p50)} ms, p99 ${ms(s.p99)} ms, p99.9 ${ms(s.p999)} ms, longest ${ms(s.max)} ms; ${percent(s.stolen)} of a core stolen. MiB at every tenth of the time: ${s.memory.map(count).join(", ")}.`,
  ].join("\n");
}
