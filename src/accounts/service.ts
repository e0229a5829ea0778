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
    list: () => listAll(store, policy),
    async remove(request) {
      const key = keyOf(request.user, request.domain, policy);
      const removed = await store.removeAccount(key);
      if (isTrouble(removed)) return removed;
      if (!removed) return absent(store, policy, key);
      onChange({ put: [], removed: [key], rights: [{ ...key, classes: undefined, acl: [], pin: "" }] });
      return key;
    },
    async passwd(request) {
      // The name is there already: only the password is judged.
      const account = judged(request, policy, true);
      if (isTrouble(account)) return account;
      const changed = await store.setPassword(account.stored);
      if (isTrouble(changed)) return changed;
      if (!changed) return absent(store, policy, account.stored);
      onChange({ put: [account.stored], removed: [] });
      return account.told;
    },
    setRights: (request) => setRights(store, policy, request, onChange),
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

async function listAll(store: Store, policy: AccountPolicy): Promise<AccountView[] | Trouble> {
  const stored = await store.loadAccounts();
  if (isTrouble(stored)) return stored;
  const own = stored.map(({ user, domain, created, changed }) => ({ user, domain, origin: "own", created, changed }));
  const all = policy.foreign === undefined ? own : await withForeign(store, own, policy.foreign);
  if (isTrouble(all)) return all;
  const rights = await store.loadRights();
  if (isTrouble(rights)) return rights;
  const known = new Map(rights.map((r) => [nameOf(r), viewOf(r)]));
  return all.map((account) => {
    const its = known.get(nameOf(account));
    return its === undefined ? account : { ...account, rights: its };
  });
}

async function setRights(
  store: Store,
  policy: AccountPolicy,
  request: RightsRequest,
  onChange: (change: AccountChange) => void,
): Promise<RightsView | Trouble> {
  const key = keyOf(request.user, request.domain, policy);
  const known = await isKnown(store, policy, key);
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

/** Is this an account, of ours or of the source that is read besides? What it may is ours to say in both. */
async function isKnown(store: Store, policy: AccountPolicy, key: AccountKey): Promise<boolean | Trouble> {
  const own = await store.hasAccount(key);
  return own === false && policy.foreign !== undefined ? store.hasForeign(key) : own;
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

/** Foreign accounts behind our own ones; one that we have too is ours (docs/decisions/010). */
async function withForeign(store: Store, own: AccountView[], origin: string): Promise<AccountView[] | Trouble> {
  const foreign = await store.loadForeign();
  if (isTrouble(foreign)) return foreign;
  const ours = new Set(own.map(nameOf));
  const theirs = foreign.filter((a) => !ours.has(nameOf(a)));
  return [...own, ...theirs.map(({ user, domain, changed }) => ({ user, domain, origin, created: changed, changed }))];
}

/** Not among our own: it may live elsewhere. */
async function absent(store: Store, policy: AccountPolicy, key: AccountKey): Promise<Trouble> {
  if (policy.foreign === undefined) return unknown(key);
  const there = await store.hasForeign(key);
  if (isTrouble(there)) return there;
  if (!there) return unknown(key);
  return trouble(
    "ACCOUNT_FOREIGN",
    `${nameOf(key)} lives in ${policy.foreign}, which is only read from here`,
    NOTHING_CHANGED,
    "Change it there: it is seen within seconds. Where it comes from: rempart account list",
  );
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
