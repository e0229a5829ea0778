import assert from "node:assert/strict";
import { test } from "node:test";
import { BAN_LENGTHS, Book, type Entry, type Wanted } from "./book.ts";

const WANTED: Wanted = {
  source: "198.51.100.7",
  account: "",
  device: "",
  spares: false,
  action: "ban",
  enforced: true,
  reason: "scanner",
  because: "1 in 1 d",
  origin: "shield",
  evidence: [],
};

function banned(book: Book, now: number, more: Partial<Wanted> = {}): Entry | undefined {
  return book.put({ ...WANTED, ...more }, now).find((c) => c.what === "put")?.entry;
}

test("each ban of a source is longer than the last, also after a restart; one that was taken back does not count", () => {
  const book = new Book();
  const first = banned(book, 0);
  assert.deepEqual([first?.strike, first?.until], [1, BAN_LENGTHS[0]]);
  assert.equal(banned(book, 1), undefined, "it is in force already");
  book.sweep(BAN_LENGTHS[0]);
  const second = banned(book, BAN_LENGTHS[0]);
  assert.deepEqual([second?.strike, second?.until], [2, BAN_LENGTHS[0] + BAN_LENGTHS[1]]);
  if (second === undefined) return;

  const again = new Book();
  again.restore(second);
  assert.equal(again.get(WANTED), second);
  again.sweep(second.until);
  assert.equal(banned(again, second.until)?.strike, 3);
  again.remove(WANTED);
  assert.equal(banned(again, second.until)?.strike, 1);
});

test("a source, an account there and a device of it are different targets", () => {
  const book = new Book();
  for (const more of [{}, { account: "anna@x" }, { account: "anna@x", device: "desk" }])
    assert.ok(banned(book, 0, more));
  assert.equal(book.size, 3);
  book.remove({ ...WANTED, account: "anna@x" });
  assert.equal(book.size, 2);
});
