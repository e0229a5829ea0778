import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inCountry, writeMmdb } from "../../test/support/mmdb.ts";
import { CountryFile } from "./country-file.ts";

test("a file that could not be read is looked at again once its rights are mended, though it is the same", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rempart-country-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const file = join(folder, "countries.mmdb");
  writeFileSync(file, writeMmdb({ "203.0.113.0/24": inCountry("FR") }));
  chmodSync(file, 0o000);
  const countries = new CountryFile(file);
  const isRoot = process.geteuid?.() === 0;
  // Root may read anything.
  if (isRoot) process.seteuid?.(65_534);
  try {
    await countries.refresh(1);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  assert.equal(countries.trouble?.code, "COUNTRY_UNREADABLE");
  chmodSync(file, 0o600);
  await countries.refresh(2);
  assert.deepEqual([countries.trouble, countries.inForce?.codes], [undefined, ["FR"]]);
});
