import { open, stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { type Trouble, trouble } from "../../base/index.ts";

/** What fits into the processor's cache is read twice as fast, and the next piece takes its place. */
const PIECE = 262_144;

/** When the log was written at the latest: the file's own time, or now. */
export async function writtenBefore(file: string): Promise<number> {
  if (file === "-") return Date.now();
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}

/** Gives a file to its end in pieces, each good until the next one comes; `-` for stdin. One that gzip has packed is unpacked, as far as it is whole. */
export async function readPieces(file: string, take: (piece: Buffer) => void): Promise<undefined | Trouble> {
  const source = file === "-" ? process.stdin : piecesOf(file);
  let isPacked = false;
  try {
    const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const first = await pieces.next();
    if (first.done === true) return refused(file, "it is empty");
    isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
    const all = rest(first.value, pieces);
    if (isPacked) for await (const piece of await unpack(all)) take(piece);
    else for await (const piece of all) take(piece);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    // Packed and cut off: what could be unpacked was read.
    return isPacked && code.startsWith("Z_") ? undefined : refused(file, WHY[code] ?? code);
  }
}

async function* piecesOf(file: string): AsyncGenerator<Buffer> {
  await using handle = await open(file);
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  for (let read = await handle.read(buffer); read.bytesRead > 0; read = await handle.read(buffer))
    yield buffer.subarray(0, read.bytesRead);
}

async function* rest(first: Buffer, more: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await more.next(); next.done !== true; next = await more.next()) yield next.value;
}

async function unpack(pieces: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const { createGunzip } = await import("node:zlib");
  const unpacked = createGunzip({ chunkSize: PIECE });
  // Whoever reads it meets the error.
  pipeline(Readable.from(copies(pieces)), unpacked, () => {});
  return unpacked;
}

/** Whoever unpacks them takes the next one before he is through with this one. */
async function* copies(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "no right to read it",
  EISDIR: "a folder",
};

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function refused(file: string, why: string): Trouble {
  const name = file === "-" ? "stdin" : file;
  const next = "Name a log of your phone system: rempart watch regex FILE";
  return trouble("USAGE_REGEX", `${name} cannot be read: ${why}`, "Nothing was changed.", next);
}
