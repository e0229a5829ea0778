// Run by sqlite.test.ts as another process: fills the database in argv[2], once (argv[3] is who) or until it is killed.
import { openStore } from "./open.ts";
import { account, binding, good } from "./store.contract.ts";

const [state, who] = process.argv.slice(2);
const store = good(await openStore(state, { busyMs: 10_000 }));
if (who === "forever") {
  for (let round = 0; ; round++) {
    const batch = Array.from({ length: 100 }, (_, i) => binding(`round-${round}-${i}`));
    good(await store.saveBindings(batch, []));
    process.stdout.write(".");
    await new Promise(setImmediate);
  }
}
for (let i = 0; i < 50; i++) good(await store.addAccounts([account(`writer-${who}-${i}`)]));
await store.close();
