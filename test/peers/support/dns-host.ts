/** A name server in a process of its own: `remoteDns` starts it in a network namespace. */
import { startDns, type Zone } from "../../support/dns-server.ts";

const { zone, host } = JSON.parse(process.argv[2]) as { readonly zone: Zone; readonly host: string };
await startDns(zone, host, 53);
process.send?.("open");
// Who started us is gone: so are we.
process.on("disconnect", () => process.exit(0));
