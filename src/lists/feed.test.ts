/** One list over its life: what it takes from a service that answers in pages, what it makes of its own copy, and of a key. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { blocksOf, NO_RANGES } from "../base/index.ts";
import type { ListDefinition } from "./definition.ts";
import { Feed, listFault } from "./feed.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rempart-feed-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const PLAIN: ListDefinition = {
  name: "bad",
  file: "",
  url: "",
  format: undefined,
  refresh: 3_600,
  headerFile: "",
  insecure: false,
  takesPrivate: false,
  mode: "enforce",
};

const blocks = (feed: Feed): string[] => (feed.inForce === undefined ? [] : blocksOf(feed.inForce.table, NO_RANGES));

/** APIBAN in small: what it was asked for with which key. */
async function apiban(t: TestContext): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      const { id } = JSON.parse(body) as { id: string };
      asked.push(`${id} ${request.headers.authorization}`);
      if (request.headers.authorization !== "Bearer secret") answer.writeHead(403).end();
      else if (id === "100") answer.end('{"ipaddress":["203.0.113.7","203.0.113.9"],"ID":"200"}');
      else answer.writeHead(400).end('{"ipaddress":["no new bans"],"ID":"none"}');
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/get`, asked };
}

test("APIBAN: with the key of a file, and after a restart it goes on where it ended", async (t) => {
  const folder = folderOf(t);
  const { url, asked } = await apiban(t);
  const headerFile = join(folder, "key");
  const definition: ListDefinition = { ...PLAIN, url, format: "apiban", headerFile };
  const feed = new Feed(definition, join(folder, "lists"));
  writeFileSync(headerFile, "Authorization: Bearer wrong\n");
  await feed.refresh(Date.now());
  assert.deepEqual([feed.trouble?.trouble.code, feed.inForce], ["LIST_REFUSED", undefined]);
  writeFileSync(headerFile, "Authorization: Bearer secret\n");
  await Promise.all([feed.refresh(Date.now()), feed.refresh(Date.now())]);
  assert.deepEqual([feed.trouble, blocks(feed)], [undefined, ["203.0.113.7", "203.0.113.9"]]);
  assert.deepEqual(asked.slice(1), ["100 Bearer secret", "200 Bearer secret"], "two at once are one");

  const again = new Feed(definition, join(folder, "lists"));
  await again.open(Date.now());
  assert.deepEqual([blocks(again), asked.length], [["203.0.113.7", "203.0.113.9"], 3], "known before anybody is asked");
  await again.refresh(Date.now());
  assert.deepEqual([blocks(again).length, asked.at(-1)], [2, "200 Bearer secret"]);
  assert.ok(!readFileSync(join(folder, "lists", "bad.list"), "latin1").includes("secret"));
});

for (const [what, text] of [
  ["missing", undefined],
  ["no header", "secret\n"],
  ["two lines", "Authorization: Bearer secret\nX: y\n"],
  ["a line end inside", "Authorization: Bearer secret\r\nX: y"],
] as const) {
  test(`a key file, refused and never shown: ${what}`, async (t) => {
    const folder = folderOf(t);
    const headerFile = join(folder, "key");
    if (text !== undefined) writeFileSync(headerFile, text);
    const definition = { ...PLAIN, url: "http://127.0.0.1:1/", headerFile };
    const feed = new Feed(definition, folder);
    await feed.refresh(Date.now());
    const told = feed.trouble?.trouble;
    assert.equal(told?.code, "LIST_UNREADABLE");
    assert.ok(!JSON.stringify(told).includes("secret"));
    assert.ok((await listFault(definition))?.includes(headerFile));
  });
}

for (const [what, text] of [
  ["cut off", '{"source":"'],
  ["of nobody", "203.0.113.7\n"],
  ["empty", ""],
  ["rubbish behind a good head", undefined],
] as const) {
  test(`a copy that is no good is none: ${what}`, async (t) => {
    const folder = folderOf(t);
    const file = join(folder, "bad.txt");
    writeFileSync(file, "203.0.113.7\n");
    const definition = { ...PLAIN, file };
    await new Feed(definition, join(folder, "lists")).open(Date.now());
    rmSync(file);
    const copy = join(folder, "lists", "bad.list");
    const head = readFileSync(copy, "latin1").split("\n")[0];
    writeFileSync(copy, text ?? `${head}\n<html>\n`);
    const feed = new Feed(definition, join(folder, "lists"));
    await feed.open(Date.now());
    assert.deepEqual([feed.inForce, feed.trouble?.trouble.code], [undefined, "LIST_UNREADABLE"]);
  });
}

test("a list that cannot be kept is in force all the same, and that is told", async (t) => {
  const folder = folderOf(t);
  const file = join(folder, "bad.txt");
  writeFileSync(file, "203.0.113.7\n");
  writeFileSync(join(folder, "lists"), "in the way");
  const feed = new Feed({ ...PLAIN, file }, join(folder, "lists"));
  await feed.open(Date.now());
  assert.deepEqual([blocks(feed), feed.trouble?.trouble.code], [["203.0.113.7"], "LIST_UNWRITABLE"]);
});

test("what is no file is not waited for", async (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, "dir"));
  for (const file of [join(folder, "dir"), "/dev/zero"]) {
    const feed = new Feed({ ...PLAIN, file }, folder);
    await feed.open(Date.now());
    assert.equal(feed.trouble?.trouble.code, "LIST_UNREADABLE", file);
  }
});
