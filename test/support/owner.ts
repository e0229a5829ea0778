/** What things are made for and ended with: a test, or a run of a benchmark. `TestContext` is one. */
export interface Owner {
  after(run: () => unknown): void;
  diagnostic(message: string): void;
}

/** An owner outside of a test. `end` undoes all, the last first, whatever fails on the way; then it throws the first failure. */
export function newOwner(): Owner & { end(): Promise<void> } {
  const undo: (() => unknown)[] = [];
  return {
    after: (run) => void undo.push(run),
    diagnostic: () => {},
    end: async () => {
      const failures: unknown[] = [];
      for (let run = undo.pop(); run !== undefined; run = undo.pop()) {
        try {
          await run();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
