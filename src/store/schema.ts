/** The tables as they are after the last migration. Integers are wall milliseconds where they are times. */
export interface Schema {
  schema_migrations: { number: number; name: string; applied: number };
  accounts: AccountRow;
  foreign_accounts: ForeignAccountRow;
  bindings: BindingRow;
  account_rights: RightsRow;
  trunks: TrunkRow;
  bans: BanRow;
  standing: StandingRow;
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

/** Lists are words with one space between them. */
export interface RightsRow {
  user: string;
  domain: string;
  classes: string | null;
  acl: string;
  pin: string;
}

export interface TrunkRow {
  name: string;
  addresses: string;
  transport: string;
  from_domain: string;
  created: number;
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
  login: string;
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

/** Of a ban; `evidence` is a JSON array of facts. */
export interface BanRow {
  source: string;
  account: string;
  device: string;
  enforced: number;
  reason: string;
  because: string;
  origin: string;
  since: number;
  until: number;
  strike: number;
  evidence: string;
}

export interface StandingRow {
  source: string;
  account: string;
  at: number;
}
