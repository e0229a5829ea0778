import { readFileSync } from "node:fs";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { AccountsConfig } from "../../config/index.ts";
import { foreignReader } from "../../store/index.ts";
import type { AccountPolicy } from "../types.ts";
import { Gathering } from "./gather.ts";
import type { Layout } from "./layouts.ts";
import { PJSIP } from "./pjsip.ts";
import { SIPPEERS } from "./sippeers.ts";
import { SUBSCRIBER } from "./subscriber.ts";

const LAYOUTS: Readonly<Record<AccountsConfig["tables"], Layout>> = {
  pjsip: PJSIP,
  sippeers: SIPPEERS,
  subscriber: SUBSCRIBER,
};

/** Where foreign accounts come from. */
export interface ForeignSource {
  /** For messages: the URL without a password, and which tables. */
  readonly name: string;
  /** Another text when `read` may give something else. */
  marker(): Promise<string | Trouble>;
  read(): Promise<Gathering | Trouble>;
  close(): void;
}

/** The accounts of `[accounts]`; nothing is opened before the first call. */
export function foreignSource(config: AccountsConfig, policy: AccountPolicy): ForeignSource {
  const { engine, shown, host, port, socket, user, database, tls, tlsCa, tables, domain } = config;
  const layout = LAYOUTS[tables];
  const place = { engine, shown, host, port, socket, user, database, tls: tls ? { ca: tlsCa } : undefined };
  const reader = foreignReader({ ...place, password: () => passwordOf(config) }, layout.shapes);
  return {
    name: sourceName(config),
    marker: () => reader.marker(),
    async read() {
      const gathering = new Gathering(policy, domain);
      const failed = await reader.read(layout.begin(gathering), (table, rows) => gathering.leftOut(table, rows));
      return isTrouble(failed) ? failed : gathering;
    },
    close: () => reader.close(),
  };
}

/** "postgres://rempart@db.example.org:5432/asterisk (pjsip)". */
export function sourceName({ shown, tables }: AccountsConfig): string {
  return `${shown} (${tables})`;
}

function passwordOf({ password, passwordFile }: AccountsConfig): string | Trouble {
  if (passwordFile === "") return password;
  try {
    return readFileSync(passwordFile, "utf8").split(/\r?\n/)[0];
  } catch (error) {
    return trouble(
      "ACCOUNTS_DENIED",
      `the password in ${passwordFile} cannot be read: ${(error as Error).message}`,
      "The accounts read last go on being served, and our own; it is tried again every few seconds.",
      `ls -l ${passwordFile}`,
    );
  }
}
