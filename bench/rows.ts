import type { LoadOptions } from "./load.ts";

/** One kind of exchange. `target` is what the edge has to reach, as a ratio to Kamailio. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly mode: LoadOptions["mode"];
  readonly digest: boolean;
  /** Offered by Rempart alone here, beside the row of MD5 that this one is compared with. */
  readonly sha256For?: string;
  /** What is no SIP server can do it as well. */
  readonly bare: boolean;
  /** Datagrams that the server receives and sends for one exchange. */
  readonly datagrams: number;
  readonly least: number;
  readonly aim: number;
}

export const ROWS: readonly Row[] = [
  row("options", "OPTIONS answered", "options", { bare: true, datagrams: 2, least: 1, aim: 1.6 }),
  row("register", "digest REGISTER, two rounds", "register", { datagrams: 4, least: 2, aim: 4 }),
  row("call", "relayed call, INVITE to BYE", "call", { bare: true, datagrams: 11, least: 1.2, aim: 2 }),
  row("digest-call", "relayed call with digest", "call", { digest: true, datagrams: 14, least: 1.8, aim: 3 }),
  row("register-sha256", "digest REGISTER, SHA-256", "register", { sha256For: "register", datagrams: 4 }),
  row("digest-call-sha256", "relayed call with digest, SHA-256", "call", {
    digest: true,
    sha256For: "digest-call",
    datagrams: 14,
  }),
];

function row(name: string, title: string, mode: Row["mode"], more: Partial<Row>): Row {
  return { name, title, mode, digest: false, bare: false, datagrams: 0, least: 0, aim: 0, ...more };
}
