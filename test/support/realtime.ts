import { DOMAIN } from "./edge.ts";

/** Tables of Asterisk 22's contrib/ast-db-manage as far as accounts go, in the SQL that all three databases know. */
export const PJSIP_TABLES = [
  `create table ps_auths (id varchar(255) not null primary key, auth_type varchar(40), nonce_lifetime integer,
   md5_cred varchar(40), password varchar(80), realm varchar(255), username varchar(40), refresh_token varchar(255),
   password_digest varchar(1024), supported_algorithms_uas varchar(1024))`,
  `create table ps_aors (id varchar(255) not null primary key, contact varchar(255), max_contacts integer)`,
  `create table ps_endpoints (id varchar(255) not null primary key, transport varchar(40), aors varchar(2048),
   auth varchar(255), context varchar(40), outbound_auth varchar(255))`,
];

export const SIPPEERS_TABLES = [
  `create table sippeers (id integer not null primary key, name varchar(40) not null unique, host varchar(40),
   type varchar(10), secret varchar(40), md5secret varchar(40), regseconds integer)`,
];

export const SUBSCRIBER_TABLES = [
  `create table subscriber (id integer not null primary key, username varchar(64) default '' not null,
   domain varchar(64) default '' not null, password varchar(64) default '' not null,
   ha1 varchar(128) default '' not null, ha1b varchar(128) default '' not null, unique (username, domain))`,
];

/** Rows of one phone: its auth, aor and endpoint. Values are test's own, so they are put in as they are. */
export function pjsipPhone(user: string, password: string): string[] {
  return [
    `insert into ps_auths (id, auth_type, username, password) values ('${user}-auth', 'userpass', '${user}', '${password}')`,
    `insert into ps_aors (id, max_contacts) values ('${user}', 2)`,
    `insert into ps_endpoints (id, aors, auth) values ('${user}', '${user}', '${user}-auth')`,
  ];
}

/** Many phones, a thousand to a statement. */
export function pjsipPhones(count: number): string[] {
  const statements: string[] = [];
  for (let at = 0; at < count; at += 1_000) {
    const names = Array.from({ length: Math.min(1_000, count - at) }, (_, i) => `phone-${at + i}`);
    const rows = (row: (name: string) => string): string => names.map((n) => `(${row(n)})`).join(",");
    statements.push(
      `insert into ps_auths (id, auth_type, username, password) values ${rows((n) => `'${n}','userpass','${n}','secret of ${n}'`)}`,
      `insert into ps_aors (id, max_contacts) values ${rows((n) => `'${n}', 1`)}`,
      `insert into ps_endpoints (id, aors, auth) values ${rows((n) => `'${n}','${n}','${n}'`)}`,
    );
  }
  return statements;
}

/** TOML of [accounts]. */
export function accountsToml(url: string, tables: string, more = ""): string {
  return `[accounts]\nurl = "${url}"\ntables = "${tables}"\ndomain = "${DOMAIN}"\n${more}\n`;
}

/** What `status` says of foreign accounts. */
export interface ForeignStatus {
  readonly accounts: number;
  readonly foreign: {
    readonly source: string;
    readonly accounts: number;
    readonly faults: number;
    readonly told: readonly string[];
    readonly lacking: number;
    readonly seen: number;
    readonly trouble: { readonly code: string; readonly what: string } | null;
  };
}
