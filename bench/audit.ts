/**
 * What an audit of very large files costs: the same dialplan in 1, 10 and 100 MB, and half a million accounts. Work is bounded by
 * the number of settings (500,000); beyond, the rest is named as not read.
 */
import { auditAsterisk } from "../src/audit/index.ts";

const MEGABYTE = 1_048_576;

function dialplan(bytes: number): string {
  const parts = ["[default]\n"];
  for (let size = 0, n = 0; size < bytes; n++) {
    const part = `exten => _${n}X.,1,NoOp(a call for \${EXTEN}) ; comment\nsame => n,Dial(PJSIP/\${FILTER(0-9,\${EXTEN})}@trunk,60,tT)\nsame => n,Goto(context-${n % 1_000},s,1)\n[context-${n % 1_000}]\n`;
    parts.push(part);
    size += part.length;
  }
  return parts.join("");
}

function accounts(count: number): string {
  const parts: string[] = [];
  for (let n = 0; n < count; n++) {
    parts.push(`[${n}]\ntype=endpoint\nauth=${n}\n[${n}]\ntype=auth\nusername=${n}\npassword=${n}\n`);
  }
  return parts.join("");
}

function measure(name: string, file: string, text: string): void {
  const began = performance.now();
  const { found, missing } = auditAsterisk(
    { files: new Map([[file, { text }]]), folder: "/etc/asterisk", now: 0 },
    () => 4,
  );
  const ms = performance.now() - began;
  const megabytes = text.length / MEGABYTE;
  const rss = Math.round(process.memoryUsage().rss / MEGABYTE);
  console.log(
    `${name}: ${megabytes.toFixed(1)} MB in ${ms.toFixed(0)} ms (${(ms / megabytes).toFixed(1)} ms/MB), ${found.length} findings, rss ${rss} MB`,
  );
  for (const what of missing) console.log(`  missing: ${what}`);
}

for (const megabytes of [1, 10, 100]) measure("extensions.conf", "extensions.conf", dialplan(megabytes * MEGABYTE));
for (const count of [1_000, 10_000, 100_000]) measure(`${count} accounts`, "pjsip.conf", accounts(count));
