/** `npm run bench:shield`: attacks on Rempart, and on Kamailio and fail2ban beside it. bench/README.md says what is measured and how. */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { needsNetworks } from "../../test/peers/support/networks.ts";
import { newOwner, type Owner } from "../../test/support/owner.ts";
import { build } from "../load.ts";
import { quiet } from "../process.ts";
import { MEASURES, type Measure, type Plan } from "./measures.ts";
import { type Line, page } from "./report.ts";
import { buildStrike } from "./strike.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "3" },
    "storm-minutes": { type: "string", default: "1" },
    slow: { type: "boolean", default: false },
    sources: { type: "string", default: "200" },
    crowd: { type: "string", default: "1000000" },
    "no-quiet": { type: "boolean", default: false },
    out: { type: "string", default: "" },
  },
});

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** What a run that was cut short left behind: only what bears the name of this process. */
function sweep(): void {
  for (const name of readdirSync("/run/netns")) {
    if (name.startsWith(`rempart-${process.pid}-`)) spawnSync("ip", ["netns", "del", name]);
  }
}

/** One measure with everything that it starts; what fails is a line of the table too. */
async function run(measure: Measure, plan: Plan): Promise<readonly Line[]> {
  const t: Owner & { end(): Promise<void> } = newOwner();
  try {
    if (!values["no-quiet"]) await quiet();
    return await measure.run(t, plan);
  } catch (error) {
    say(String(error));
    return [
      {
        what: measure.name,
        needed: "",
        found: `not measured: ${String(error).split("\n")[0].slice(0, 160)}`,
        ok: false,
      },
    ];
  } finally {
    await t.end();
  }
}

async function main(): Promise<void> {
  const { skip } = needsNetworks();
  if (skip !== false) throw new Error(skip);
  const names = values.only.split(",").filter((name) => name !== "");
  const unknown = names.filter((name) => !MEASURES.some((m) => m.name === name));
  if (unknown.length > 0) throw new Error(`no measure is named ${unknown}: ${MEASURES.map((m) => m.name).join(", ")}`);
  build();
  buildStrike();
  const plan: Plan = {
    seconds: Number(values.seconds),
    stormSeconds: Number(values["storm-minutes"]) * 60,
    slow: values.slow,
    sources: Number(values.sources),
    crowd: Number(values.crowd),
    say,
  };
  const lines: Line[] = [];
  for (const measure of MEASURES.filter((m) => names.length === 0 || names.includes(m.name))) {
    say(`\n== ${measure.name}`);
    for (const line of await run(measure, plan)) {
      lines.push(line);
      say(`${line.ok === false ? "NOT REACHED" : line.ok ? "reached" : "-"}  ${line.what}: ${line.found}`);
    }
  }
  const text = page(lines);
  const out = values.out !== "" ? values.out : names.length === 0 ? join(import.meta.dirname, "../SHIELD.md") : "";
  if (out !== "") writeFileSync(out, text);
  process.stdout.write(text);
}

process.on("exit", sweep);
await main();
