/**
 * Writes what the real phone systems log while they are attacked, and what that must give: `node corpus/logs/record.ts [folder]`. Look at the
 * difference before you keep it: the facts are those that the reader gives now.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AsteriskLog, LineCutter } from "../../src/watch/index.ts";
import { asteriskVersion, TARGETS } from "../../test/peers/support/asterisk.ts";
import { attack, startAttacked } from "../../test/peers/support/attacked.ts";
import { newOwner } from "../../test/support/owner.ts";
import { factLine } from "./facts.ts";

const [folder = import.meta.dirname] = process.argv.slice(2);

for (const target of TARGETS) {
  const t = newOwner();
  try {
    const attacked = await startAttacked(t, target);
    await attack(t, attacked);
    const log = readFileSync(attacked.log, "latin1");
    // What it says of its own start is of no use here; nor who asked it whether it runs.
    const from = log.lastIndexOf("\n", log.indexOf(" SECURITY[")) + 1;
    const lines = log
      .slice(from)
      .split("\n")
      .filter((line) => !line.includes(" asterisk.c: Remote UNIX connection"));
    const facts: string[] = [];
    const reader = new AsteriskLog((fact) => facts.push(factLine(fact)));
    new LineCutter().push(Buffer.from(lines.join("\n"), "latin1"), (line) => reader.take(line, Date.now()));
    reader.flush();
    const about = `# ${await asteriskVersion(target.version)}, ${target.driver}: test/peers/support/attacked.ts says who did what. Behind "#= ": the facts.`;
    const text = `${about}\n${lines.join("\n").trimEnd()}\n${facts.map((fact) => `#= ${fact}\n`).join("")}`;
    writeFileSync(join(folder, `asterisk-${target.version}-${target.driver.replace("_", "-")}.txt`), text, "latin1");
  } finally {
    await t.end();
  }
}
