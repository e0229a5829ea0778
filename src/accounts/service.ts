import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { AccountKey, Store, StoredAccount } from "../store/index.ts";
import { at, importTrouble, readImport } from "./import.ts";
import { proposeSecret, proposeUser } from "./propose.ts";
import { changeRights, viewOf } from "./rights.ts";
import { domainFault, hashPassword, passwordFault, userFault } from "./rules.ts";
import type {
  AccountChange,
  AccountPolicy,
  Accounts,
  AccountView,
  Added,
  AddRequest,
  RightsRequest,
  RightsView,
} from "./types.ts";
import { weakPassword, weakUser } from "./weak.ts";

const NOTHING_CHANGED = "No account was changed.";

/** The account operations over a store; `onChange` is told of each change once it is stored. */
export function openAccounts(store: Store, policy: AccountPolicy, onChange: (change: AccountChange) => void): Accounts {
  return {
    async add(request) {
      const account = judged(request, policy);
      if (isTrouble(account)) return account;
      const existing = await store.addAccounts([account.stored]);
      if (isTrouble(existing)) return existing;
      if (existing.length > 0) return exists(account.stored);
      onChange({ put: [account.stored], removed: [] });
      return account.told;
    },
    list: () => listAll(store),
    async remove(request) {
      const key = keyOf(request.user, request.domain, policy);
      const removed = await store.removeAccount(key);
      if (isTrouble(removed)) return removed;
      if (!removed) return unknown(key);
      onChange({ put: [], removed: [key] });
      return key;
    },
    async passwd(request) {
      // The name is there already: only the password is judged.
      const account = judged(request, policy, true);
      if (isTrouble(account)) return account;
      const changed = await store.setPassword(account.stored);
      if (isTrouble(changed)) return changed;
      if (!changed) return unknown(account.stored);
      onChange({ put: [account.stored], removed: [] });
      return account.told;
    },
    setRights: (request) => setRights(store, keyOf(request.user, request.domain, policy), request, onChange),
    async importCsv({ csv, allowWeak }) {
      const file = readImport(csv, allowWeak === true, policy);
      if (isTrouble(file)) return file;
      const existing = await store.addAccounts(file.accounts);
      if (isTrouble(existing)) return existing;
      if (existing.length > 0) {
        const taken = new Set(existing.map(nameOf));
        const found = file.accounts.flatMap((a, i) =>
          taken.has(nameOf(a)) ? [{ name: nameOf(a), field: file.places[i] }] : [],
        );
        return importTrouble(found.map(({ name, field }) => at(field, "user", `${name} exists already`)));
      }
      onChange({ put: file.accounts, removed: [] });
      return { imported: file.accounts.length };
    },
  };
}

async function listAll(store: Store): Promise<AccountView[] | Trouble> {
  const all = await store.loadAccounts();
  if (isTrouble(all)) return all;
  const rights = await store.loadRights();
  if (isTrouble(rights)) return rights;
  const known = new Map(rights.map((r) => [nameOf(r), viewOf(r)]));
  return all.map(({ user, domain, created, changed }) => {
    const own = known.get(nameOf({ user, domain }));
    return { user, domain, created, changed, ...(own === undefined ? {} : { rights: own }) };
  });
}

async function setRights(
  store: Store,
  key: AccountKey,
  request: RightsRequest,
  onChange: (change: AccountChange) => void,
): Promise<RightsView | Trouble> {
  const known = await store.hasAccount(key);
  if (isTrouble(known)) return known;
  if (!known) return unknown(key);
  const old = await store.rightsOf(key);
  if (isTrouble(old)) return old;
  const rights = changeRights(key, old, request);
  if (isTrouble(rights)) return rights;
  const failed = await store.setRights(rights.stored);
  if (failed !== undefined) return failed;
  onChange({ put: [], removed: [], rights: [rights.stored] });
  return rights.told;
}

interface Judged {
  readonly stored: StoredAccount;
  readonly told: Added;
}

function judged(request: AddRequest, policy: AccountPolicy, known = false): Judged | Trouble {
  const { user, domain } = keyOf(request.user ?? proposeUser(), request.domain, policy);
  const badUser = userFault(user);
  if (badUser !== undefined) return invalid(`user name: ${badUser}`);
  const badDomain = domainFault(domain, policy);
  if (badDomain !== undefined) return foreign(badDomain);
  const password = request.password ?? proposeSecret();
  const badPassword = passwordFault(password);
  if (badPassword !== undefined) return invalid(`password: ${badPassword}`);
  const weak = request.allowWeak ? undefined : ((known ? undefined : weakUser(user)) ?? weakPassword(password, user));
  if (weak !== undefined) return refuseWeak(weak);
  const realm = policy.realmOf(domain);
  const now = policy.now();
  const ha1 = hashPassword(user, realm, password, policy);
  const told = request.password === undefined ? { user, domain, password } : { user, domain };
  return { stored: { user, domain, realm, ha1, created: now, changed: now }, told };
}

/** The domain may stand in the user name ("anna@pbx.example.org"), by itself, or be left out: the first own one. */
function keyOf(user: string, domain: string | undefined, policy: AccountPolicy): AccountKey {
  const sign = domain === undefined ? user.lastIndexOf("@") : -1;
  if (sign >= 0) return { user: user.slice(0, sign), domain: user.slice(sign + 1).toLowerCase() };
  return { user, domain: domain?.toLowerCase() ?? policy.domains[0] };
}

function nameOf(key: AccountKey): string {
  return `${key.user}@${key.domain}`;
}

function refuseWeak(why: string): Trouble {
  return trouble(
    "ACCOUNT_WEAK",
    `refused: ${why}`,
    NOTHING_CHANGED,
    "Leave it out to have a strong one proposed, or insist with --allow-weak.",
  );
}

function invalid(what: string): Trouble {
  return trouble("ACCOUNT_INVALID", what, NOTHING_CHANGED, "Correct it and run the same again.");
}

function foreign(what: string): Trouble {
  const next = "Name an own domain, or add this one to `domains` in [sip] of the configuration.";
  return trouble("DOMAIN_FOREIGN", `domain: ${what}`, NOTHING_CHANGED, next);
}

function exists(key: AccountKey): Trouble {
  const next = `For a new password: rempart account passwd ${nameOf(key)}`;
  return trouble("ACCOUNT_EXISTS", `${nameOf(key)} exists already`, NOTHING_CHANGED, next);
}

function unknown(key: AccountKey): Trouble {
  return trouble(
    "ACCOUNT_UNKNOWN",
    `there is no account ${nameOf(key)}`,
    NOTHING_CHANGED,
    "See those there are: rempart account list",
  );
}
