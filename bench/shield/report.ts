import { cpus, totalmem } from "node:os";
import { versionOf } from "../process.ts";

/** One row of the page. */
export interface Line {
  readonly what: string;
  readonly needed: string;
  readonly found: string;
  /** Whether what is needed was reached; undefined: it is shown beside it. */
  readonly ok?: boolean;
}

export function ms(value: number): string {
  if (Number.isNaN(value)) return "-";
  return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : "never";
}
export const count = (value: number): string => Math.round(value).toLocaleString("en");
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The whole page. */
export function page(lines: readonly Line[]): string {
  const rows = lines.map(({ what, needed, found, ok }) => {
    const reached = ok === undefined ? "" : ok ? "yes" : "**no**";
    return `| ${what} | ${needed} | ${found} | ${reached} |`;
  });
  const about = [
    `Node ${process.versions.node}`,
    versionOf(["nft", "--version"]).replace(/ \(.*/, ""),
    versionOf(["kamailio", "-v"]).replace(/^version: (kamailio \S+).*/, "$1"),
    versionOf(["fail2ban-server", "--version"]),
    `${cpus().length} cores (${cpus()[0]?.model ?? "?"})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
  ];
  return `# Attacks

Written by \`npm run bench:shield\`; [README.md](README.md) says what is measured and how. ${about.filter((a) => a !== "").join(", ")}.
| what | needed | found | reached |
|---|---|---|---|
${rows.join("\n")}
`;
}
