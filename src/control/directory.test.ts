import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForeignAccount, StoredAccount } from "../store/index.ts";
import { Directory } from "./directory.ts";

const DOMAIN = "pbx.example.org";
const key = (user: string) => ({ user, domain: DOMAIN });
const foreign = (user: string, md5 = "foreign"): ForeignAccount => ({
  ...key(user),
  realm: DOMAIN,
  ha1: { md5 },
  changed: 0,
});
const own = (user: string): StoredAccount => {
  return { ...key(user), realm: DOMAIN, ha1: { md5: "own", sha256: "own" }, created: 0, changed: 0 };
};

/** A directory and what it told: "anna=foreign", "-bert". */
function listened() {
  const told: string[] = [];
  const directory = new Directory((put, removed) => {
    told.push(...put.map((a) => `${a.user}=${a.ha1.md5}`), ...removed.map((aor) => `-${aor.split("@")[0]}`));
  }, true);
  return { directory, told: () => told.splice(0) };
}

const accounts = (...list: ForeignAccount[]) => new Map(list.map((a) => [`${a.user}@${a.domain}`, a]));

test("only differences are told", () => {
  const { directory, told } = listened();
  directory.foreignChanged(directory.difference(accounts(foreign("anna"), foreign("bert"))));
  assert.deepEqual(told(), ["anna=foreign", "bert=foreign"]);
  directory.foreignChanged(directory.difference(accounts(foreign("anna"), foreign("bert"))));
  assert.deepEqual(told(), []);
  directory.foreignChanged(directory.difference(accounts(foreign("bert", "new"), foreign("carl"))));
  assert.deepEqual(told(), ["bert=new", "carl=foreign", "-anna"]);
  assert.deepEqual([directory.foreignSize, directory.foreignOnly], [2, 2]);
});

test("what is ours too is ours, until we remove it", () => {
  const { directory, told } = listened();
  directory.ownChanged({ put: [own("anna")], removed: [] });
  directory.foreignChanged({ put: [foreign("anna"), foreign("bert")], removed: [] });
  assert.deepEqual(told(), ["anna=own", "bert=foreign"]);
  assert.deepEqual([directory.foreignSize, directory.foreignOnly], [2, 1]);
  directory.ownChanged({ put: [own("bert")], removed: [] });
  assert.deepEqual([told(), directory.foreignOnly], [["bert=own"], 0]);
  directory.ownChanged({ put: [], removed: [key("anna")] });
  assert.deepEqual([told(), directory.foreignOnly], [["anna=foreign"], 1]);
  directory.foreignChanged({ put: [], removed: [key("anna"), key("bert")] });
  assert.deepEqual(told(), ["-anna"], "bert is ours");
  directory.ownChanged({ put: [], removed: [key("bert")] });
  assert.deepEqual([told(), directory.foreignSize, directory.foreignOnly], [["-bert"], 0, 0]);
});
