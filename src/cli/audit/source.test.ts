import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Header } from "tar";
import { isTrouble } from "../../base/index.ts";
import { readArchive } from "./archive.ts";
import { baseOf, readSource, type Source } from "./source.ts";
import { newTree } from "./tree.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-audit-"));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

/** A folder of its own with these files. */
function folderWith(files: Record<string, string | Buffer>): string {
  const folder = join(root, String(++made));
  mkdirSync(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

interface Entry {
  readonly path: string;
  readonly text?: string;
  readonly type?: "File" | "SymbolicLink" | "Link" | "Directory" | "FIFO" | "CharacterDevice";
  readonly linkpath?: string;
  /** What the header says, where that is not so. */
  readonly size?: number;
}

/** A tar file as anybody may write it, hostile ones too. */
function tarOf(entries: readonly Entry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { path, text = "", type = "File", linkpath, size } of entries) {
    const header = new Header({
      path,
      type,
      mode: 0o640,
      uid: 7,
      gid: 8,
      size: size ?? text.length,
      mtime: new Date(0),
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
    body.write(text, "latin1");
    blocks.push(block, body);
  }
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

async function read(path: string, machine = root): Promise<Source> {
  const source = await readSource(path, machine);
  assert.ok(!isTrouble(source), JSON.stringify(source));
  return source;
}

async function readTar(entries: readonly Entry[], pack = true): Promise<Source> {
  const file = join(root, `${++made}.tar`);
  const bytes = tarOf(entries);
  writeFileSync(file, pack ? gzipSync(bytes) : bytes);
  return read(file);
}

async function refusal(path: string): Promise<string> {
  const source = await readSource(path, root);
  assert.ok(isTrouble(source));
  assert.equal(source.code, "USAGE_AUDIT");
  return source.what;
}

test("a folder: text as bytes, mode and owner, folders below it", async () => {
  const folder = folderWith({ "sip.conf": "caf\xe9\n", "custom/dial.conf": "x\n" });
  writeFileSync(join(folder, "sip.conf"), Buffer.from([0x63, 0xe9, 0x0a]));
  chmodSync(join(folder, "sip.conf"), 0o604);
  const { tree, kind, isLive } = await read(folder);
  assert.deepEqual([...tree.files.keys()].sort(), ["custom/dial.conf", "sip.conf"]);
  assert.deepEqual([tree.files.get("sip.conf")?.text, tree.files.get("sip.conf")?.mode], ["c\xe9\n", 0o604]);
  assert.deepEqual([kind, isLive, tree.unread], ["folder", false, []]);
});

test("a folder: what is no configuration is left out; a .conf that is binary is told", async () => {
  const folder = folderWith({ "sip.conf": "a\0b", "sound.gsm": "a\0b", "pjsip.conf": "x" });
  const { tree } = await read(folder);
  assert.deepEqual([...tree.files.keys()], ["pjsip.conf"]);
  assert.deepEqual(tree.unread, [`${folder}/sip.conf: it is binary, no configuration`]);
});

test("a folder: links inside are followed, those that lead out or nowhere are told", async () => {
  const folder = folderWith({ "real.conf": "x" });
  const other = folderWith({ "secret.conf": "s" });
  symlinkSync("real.conf", join(folder, "a.conf"));
  symlinkSync(join(other, "secret.conf"), join(folder, "b.conf"));
  symlinkSync("nowhere", join(folder, "c.conf"));
  symlinkSync("d.conf", join(folder, "d.conf"));
  const { tree } = await read(folder);
  assert.deepEqual([...tree.files.keys()].sort(), ["a.conf", "real.conf"]);
  assert.deepEqual(
    tree.unread.map((u) => u.slice(folder.length + 1)),
    [
      "b.conf: a link that leads out of the folder: not followed in a copy",
      "c.conf: no such file",
      "d.conf: a link that leads in a circle",
    ],
  );
});

test("a folder: this machine's own files may lead out, as FreePBX has it", async () => {
  const machine = folderWith({ "etc/asterisk/sip.conf": "x", "var/lib/core.conf": "y" });
  symlinkSync("../../var/lib/core.conf", join(machine, "etc/asterisk/core.conf"));
  const { tree, isLive } = await read(join(machine, "etc/asterisk"), machine);
  assert.deepEqual([isLive, tree.files.get("core.conf")?.text, tree.unread], [true, "y", []]);
});

test("a folder: a file that is too large is told by its size, and not read", async () => {
  const folder = folderWith({ "extensions.conf": "", "sip.conf": "x" });
  truncateSync(join(folder, "extensions.conf"), 200 * 1_048_576);
  const { tree } = await read(folder);
  assert.deepEqual(tree.unread, [`${folder}/extensions.conf: larger than 128 MiB`]);
});

for (const pack of [true, false])
  test(`a tar file${pack ? ", packed by gzip" : ""}: text, mode and owner, links in it`, async () => {
    const { tree, kind } = await readTar(
      [
        { path: "./", type: "Directory" },
        { path: "./etc/asterisk/sip.conf", text: "c\xe9\n" },
        { path: "/etc/asterisk/abs.conf", text: "a" },
        { path: "etc/asterisk/soft.conf", type: "SymbolicLink", linkpath: "../asterisk/sip.conf" },
        { path: "etc/asterisk/hard.conf", type: "Link", linkpath: "etc/asterisk/sip.conf" },
        { path: "etc/asterisk/full.conf", type: "SymbolicLink", linkpath: "/etc/asterisk/soft.conf" },
      ],
      pack,
    );
    const names = [...tree.files.keys()].map((p) => p.slice("etc/asterisk/".length)).sort();
    assert.deepEqual(
      [kind, names, tree.unread],
      ["archive", ["abs.conf", "full.conf", "hard.conf", "sip.conf", "soft.conf"], []],
    );
    assert.deepEqual(tree.files.get("etc/asterisk/full.conf"), { text: "c\xe9\n", mode: 0o640, uid: 7, gid: 8 });
  });

/** What stands in the archive besides a good file, and what is said of it. */
const HOSTILE: [string, Entry[], RegExp | undefined][] = [
  ["a path that leads out", [{ path: "../../etc/passwd", text: "x" }], /leads out of the archive/],
  ["a path that leads out and in again", [{ path: "a/../../b.conf", text: "x" }], /leads out of the archive/],
  [
    "a link that leads out",
    [{ path: "a.conf", type: "SymbolicLink", linkpath: "../../etc/shadow" }],
    /link that leads out/,
  ],
  [
    "a link to what is not there",
    [{ path: "a.conf", type: "SymbolicLink", linkpath: "/etc/shadow" }],
    /not in the archive/,
  ],
  [
    "links in a circle",
    [
      { path: "a.conf", type: "SymbolicLink", linkpath: "b.conf" },
      { path: "b.conf", type: "SymbolicLink", linkpath: "a.conf" },
    ],
    /not in the archive/,
  ],
  [
    "a device and a pipe",
    [
      { path: "dev.conf", type: "CharacterDevice" },
      { path: "p.conf", type: "FIFO" },
    ],
    undefined,
  ],
  ["a size that is not there", [{ path: "big.conf", text: "x", size: 4_000 }], /damaged/],
  ["a size beyond every limit", [{ path: "big.conf", text: "x", size: 5_000_000_000 }], /larger than 128 MiB/],
];

for (const [what, entries, said] of HOSTILE)
  test(`a tar file with ${what}`, async () => {
    const { tree } = await readTar([{ path: "sip.conf", text: "good" }, ...entries]);
    assert.deepEqual([...tree.files.keys()], ["sip.conf"]);
    if (said === undefined) assert.deepEqual(tree.unread, []);
    else assert.match(tree.unread.join("\n"), said);
  });

test("a tar file that is cut off: what came before is kept, and the damage told", async () => {
  const file = join(root, "cut.tar.gz");
  const random = Buffer.from(Array.from({ length: 200_000 }, (_, i) => ((i * 7_919) % 251) + 1)).toString("latin1");
  const bytes = gzipSync(
    tarOf([
      { path: "sip.conf", text: "good" },
      { path: "x.conf", text: random },
    ]),
  );
  writeFileSync(file, bytes.subarray(0, bytes.length - 600));
  const { tree } = await read(file);
  assert.equal(tree.files.get("sip.conf")?.text, "good");
  assert.match(tree.unread.join("\n"), /damaged/);
});

test("a tar file that unpacks to more than anybody means is left", async () => {
  const file = join(root, "bomb.tar.gz");
  const member = gzipSync(Buffer.alloc(1_048_576));
  const first = gzipSync(tarOf([{ path: "sip.conf", text: "good" }]).subarray(0, 1_024));
  const entry = gzipSync(tarOf([{ path: "zero.bin", size: 8_000_000_000 }]).subarray(0, 512));
  writeFileSync(file, Buffer.concat([first, entry, ...Array.from({ length: 16 }, () => member)]));
  const tree = await readArchive(file, true, 4 * 1_048_576);
  assert.deepEqual([...tree.files.keys()], ["sip.conf"]);
  assert.match(tree.unread.join("\n"), /more than 4 MiB once it is unpacked/);
});

/** Bytes of a file, and why they cannot be audited. */
const REFUSED: [string, Buffer, RegExp][] = [
  ["empty", Buffer.alloc(0), /it is empty/],
  ["packed by xz", Buffer.from("fd377a585a000004", "hex"), /packed in a way/],
  ["a zip", Buffer.from("504b0304", "hex"), /packed in a way/],
  ["binary", Buffer.from([1, 0, 2]), /it is binary/],
  ["gzip of something else", gzipSync(Buffer.from("hello")), /no file that could be read/],
  ["gzip that is broken", Buffer.from("1f8b0800ffff", "hex"), /no file that could be read.*damaged/],
];

for (const [what, bytes, why] of REFUSED)
  test(`a file that is ${what} is refused`, async () => {
    const file = join(root, `${++made}.bin`);
    writeFileSync(file, bytes);
    assert.match(await refusal(file), why);
  });

test("what is not there, and a device, are refused", async () => {
  assert.match(await refusal(join(root, "nowhere")), /no such file/);
  assert.match(await refusal("/dev/null"), /neither a folder nor a file/);
});

test("one file alone is a folder with that file", async () => {
  const folder = folderWith({ "kamailio.cfg": "#!KAMAILIO\n", "other.cfg": "x" });
  const { tree, name, kind } = await read(join(folder, "kamailio.cfg"));
  assert.deepEqual([[...tree.files.keys()], name, kind], [["kamailio.cfg"], folder, "file"]);
});

/** Paths, and where Asterisk's and Kamailio's folders are. */
const BASES: [string[], string | undefined, string | undefined][] = [
  [["sip.conf", "a/pjsip.conf"], "", undefined],
  [["root/etc/asterisk/extensions.conf", "root/etc/kamailio/kamailio.cfg"], "root/etc/asterisk", "root/etc/kamailio"],
  [["x/y/sip.conf", "b/sip.conf", "a/sip.conf"], "a", undefined],
  [["readme.txt", "sip.conf.bak"], undefined, undefined],
];

for (const [paths, asterisk, kamailio] of BASES)
  test(`where the configuration is in ${paths.join(", ")}`, () => {
    const tree = newTree();
    for (const path of paths) tree.files.set(path, { text: "" });
    assert.deepEqual([baseOf(tree, "asterisk"), baseOf(tree, "kamailio")], [asterisk, kamailio]);
  });

test("the reader leaves what it read as it was", async () => {
  const folder = folderWith({ "sip.conf": "x" });
  await read(folder);
  assert.equal(readFileSync(join(folder, "sip.conf"), "utf8"), "x");
});
