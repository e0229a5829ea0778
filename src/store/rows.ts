import type { Value } from "./engine.ts";
import type { AccountRow, BindingRow } from "./schema.ts";
import type { BindingKey, StoredAccount, StoredBinding } from "./types.ts";

export const ACCOUNT_COLUMNS = [
  "user",
  "domain",
  "realm",
  "ha1_md5",
  "ha1_sha256",
  "ha1_sha512_256",
  "created",
  "changed",
] as const;

export const BINDING_KEY = ["aor", "contact", "instance", "reg_id"] as const;

export const BINDING_COLUMNS = [
  ...BINDING_KEY,
  "params",
  "call_id",
  "cseq",
  "expires",
  "q",
  "path",
  "user_agent",
  "received",
  "listener",
] as const;

/** Values of an account in the order of ACCOUNT_COLUMNS. */
export function accountRow(a: StoredAccount): Value[] {
  const { md5, sha256, sha512_256 } = a.ha1;
  return [a.user, a.domain, a.realm, md5, sha256, sha512_256 ?? null, a.created, a.changed];
}

export function readAccount(row: AccountRow): StoredAccount {
  const { user, domain, realm, created, changed } = row;
  const ha1 = { md5: row.ha1_md5, sha256: row.ha1_sha256 };
  const strongest = row.ha1_sha512_256;
  return { user, domain, realm, ha1: strongest === null ? ha1 : { ...ha1, sha512_256: strongest }, created, changed };
}

/** Values in the order of BINDING_KEY. */
export function bindingKeyRow(b: BindingKey): Value[] {
  return [b.aor, b.contact, b.instance, b.regId];
}

/** Values in the order of BINDING_COLUMNS. */
export function bindingRow(b: StoredBinding): Value[] {
  return [
    b.aor,
    b.contact,
    b.instance,
    b.regId,
    b.params,
    b.callId,
    b.cseq,
    b.expires,
    b.q,
    b.path.length === 0 ? "[]" : JSON.stringify(b.path),
    b.userAgent,
    b.received,
    b.listener,
  ];
}

export function readBinding(row: BindingRow): StoredBinding {
  return {
    aor: row.aor,
    contact: row.contact,
    params: row.params,
    callId: row.call_id,
    cseq: row.cseq,
    expires: row.expires,
    q: row.q,
    path: row.path === "[]" ? [] : (JSON.parse(row.path) as string[]),
    instance: row.instance,
    regId: row.reg_id,
    userAgent: row.user_agent,
    received: row.received,
    listener: row.listener,
  };
}
