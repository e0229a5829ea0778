/** The tables as they are after the last migration. Integers are wall milliseconds where they are times. */
export interface Schema {
  schema_migrations: { number: number; name: string; applied: number };
  accounts: AccountRow;
  foreign_accounts: ForeignAccountRow;
  bindings: BindingRow;
  settings: { name: string; value: string };
}

export interface AccountRow {
  user: string;
  domain: string;
  realm: string;
  ha1_md5: string;
  ha1_sha256: string;
  ha1_sha512_256: string | null;
  created: number;
  changed: number;
}

/** A hash that the foreign table does not give is NULL. */
export interface ForeignAccountRow {
  user: string;
  domain: string;
  realm: string;
  ha1_md5: string | null;
  ha1_sha256: string | null;
  ha1_sha512_256: string | null;
  changed: number;
}

export interface BindingRow {
  aor: string;
  contact: string;
  instance: string;
  reg_id: number;
  params: string;
  call_id: string;
  cseq: number;
  expires: number;
  q: number;
  /** JSON array of Path URIs. */
  path: string;
  user_agent: string;
  received: string;
  listener: number;
}
