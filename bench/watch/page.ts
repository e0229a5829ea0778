import { cpus, totalmem } from "node:os";
import { versionOf } from "../process.ts";
import type { Memory } from "./large.ts";
import type { Results } from "./run.ts";

const count = (value: number): string => Math.round(value).toLocaleString("en");
const seconds = (value: number): string => `${value.toFixed(2)} s`;

/** The whole page. */
export function page(r: Results): string {
  const perSecond = (time: number): number => r.lines / time;
  const net = {
    rempart: Math.max(0.001, r.rempart.cpu - r.start.rempart.cpu),
    fail2ban: Math.max(0.001, r.fail2ban.cpu - r.start.fail2ban.cpu),
  };
  const ratio = (a: number, b: number): string => `${(a / b).toFixed(1)}`;
  const large = ({ peak, seconds: took }: Memory): string =>
    [
      `${count(peak)} MiB`,
      seconds(took),
      count(r.large.lines / took),
      ratio(r.large.lines / took, perSecond(net.fail2ban)),
    ].join(" | ");
  const { verdicts: v } = r;
  const about = [
    `Node ${process.versions.node}`,
    versionOf(["fail2ban-regex", "--version"]),
    `${cpus().length} cores (${cpus()[0]?.model ?? "?"})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
  ];
  return `# Logs

Written by \`npm run bench:watch\`; [README.md](README.md) says what is measured and how. ${about.join(", ")}.

One log of ${count(r.lines)} lines (${(r.bytes / 2 ** 20).toFixed(0)} MiB), one core each, the median of ${r.rounds} and ${Math.min(3, r.rounds)} runs.

| | \`rempart watch regex\` | fail2ban-regex, Debian's filter | times |
|---|---|---|---|
| wall clock | ${seconds(r.rempart.wall)} | ${seconds(r.fail2ban.wall)} | ${ratio(r.fail2ban.wall, r.rempart.wall)} |
| processor time | ${seconds(r.rempart.cpu)} | ${seconds(r.fail2ban.cpu)} | ${ratio(r.fail2ban.cpu, r.rempart.cpu)} |
| of it, to start and read one line | ${seconds(r.start.rempart.cpu)} | ${seconds(r.start.fail2ban.cpu)} | |
| lines per second of processor time | ${count(perSecond(r.rempart.cpu))} | ${count(perSecond(r.fail2ban.cpu))} | **${ratio(r.fail2ban.cpu, r.rempart.cpu)}** |
| the same without the start | ${count(perSecond(net.rempart))} | ${count(perSecond(net.fail2ban))} | ${ratio(net.fail2ban, net.rempart)} |

| verdicts | |
|---|---|
| addresses that both find | ${count(v.both)} |
| only \`watch regex\` | ${count(v.onlyRempart)} |
| only fail2ban-regex | ${count(v.onlyFail2ban)} |
| evidence: facts of \`watch regex\`, lines of fail2ban-regex | ${count(v.facts)}, ${count(v.matched)} |

One attempt is one fact, and several lines for fail2ban: NOTICE and SECURITY, for a challenge that was answered twice.

What is logged of those that only \`watch regex\` finds:
${listed(v.ofRempart)}
What is logged of those that only fail2ban-regex finds:
${listed(v.ofFail2ban)}
| a log of ${count(r.large.mebibytes)} MiB, ${count(r.large.lines)} lines | memory at most | took | lines per second | times fail2ban-regex above, without its start |
|---|---|---|---|---|
| \`watch regex\` | ${large(r.large.regex)} |
| followed from its beginning | ${large(r.large.follow)} |

Processor while a log is followed and nothing is written, over ${r.idle.seconds} s: ${(r.idle.cpu * 100).toFixed(2)} % of a core.
`;
}

function listed(lines: readonly (readonly [string, number])[]): string {
  return lines.length === 0
    ? "\nnothing.\n"
    : `\n${lines.map(([what, times]) => `- ${count(times)} x \`${what}\``).join("\n")}\n`;
}
