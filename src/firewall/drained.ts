import type { Writable } from "node:stream";

/** Resolves when more may be written to a process, or when there is none any more: one that was killed breaks its pipe first, which is no fault of ours. */
export async function drained(stdin: Writable, ended: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const more = (): void => resolve();
  stdin.once("drain", more).once("close", more);
  await Promise.race([promise, ended]);
  stdin.off("drain", more).off("close", more);
}
