/** Entry of a thread that lives for one file: reading half a million lines must hold nobody up. */
import { parentPort, workerData } from "node:worker_threads";
import { readCountries } from "./country.ts";
import { parseList } from "./parse.ts";
import type { Job, JobResult } from "./work.ts";

const job = workerData as Job;
parentPort?.postMessage(work());

function work(): JobResult {
  if (job.kind === "list") return parseList(Buffer.from(job.bytes).toString("latin1"), job.options);
  try {
    return readCountries(job.bytes);
  } catch (error) {
    return { code: "COUNTRY_INVALID", line: 0, what: error instanceof Error ? error.message : String(error) };
  }
}
