import { Worker } from "node:worker_threads";
import type { CountryTable } from "./country.ts";
import type { ListFault, ParsedList, ParseOptions } from "./parse.ts";

/** What the thread is to read. */
export type Job =
  | { readonly kind: "list"; readonly bytes: Uint8Array; readonly options: ParseOptions }
  | { readonly kind: "country"; readonly bytes: Uint8Array };

/** What a file of countries has that makes it none. */
interface CountryFault {
  readonly code: "COUNTRY_INVALID";
  readonly line: number;
  readonly what: string;
}

export type JobResult = ParsedList | ListFault | CountryTable | CountryFault;

/** Milliseconds and MiB of memory that reading one file may take. */
const MOST_MS = 60_000;
const MOST_MIB = 768;
/** What a line makes is dead with the next one. */
const YOUNG_MIB = 4;

/** Reads a list in a thread of its own. */
export function readListApart(text: string, options: ParseOptions): Promise<ParsedList | ListFault> {
  return apart({ kind: "list", bytes: Buffer.from(text, "latin1"), options }, "LIST_INVALID") as Promise<
    ParsedList | ListFault
  >;
}

export function readCountriesApart(bytes: Uint8Array): Promise<CountryTable | CountryFault> {
  return apart({ kind: "country", bytes }, "COUNTRY_INVALID") as Promise<CountryTable | CountryFault>;
}

function apart(job: Job, code: "LIST_INVALID" | "COUNTRY_INVALID"): Promise<JobResult> {
  const { promise, resolve } = Promise.withResolvers<JobResult>();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MIB, maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  const failed = (what: string): void => resolve({ code, line: 0, what });
  const timer = setTimeout(() => failed(`it takes more than ${MOST_MS / 1_000} s to read`), MOST_MS);
  worker.once("message", (result: JobResult) => resolve(result));
  worker.once("error", (error) => failed(error.message));
  worker.once("exit", () => failed("the thread that reads it ended"));
  return promise.finally(async () => {
    clearTimeout(timer);
    await worker.terminate();
  });
}
