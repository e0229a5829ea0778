import { type FileHandle, open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { type Trouble, trouble } from "../../base/index.ts";
import { isCapture, type Replay } from "../../replay/index.ts";

const PIECE = 1_048_576;

/** Reads a file to its end in pieces and gives them to `replay`. What it is, its first bytes say; one that gzip has packed is unpacked. */
export async function readInto(replay: Replay, file: string): Promise<undefined | Trouble> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, "r");
    const { mtimeMs } = await handle.stat();
    const pieces = await piecesOf(handle);
    let sink: ReturnType<Replay["capture"]> | undefined;
    try {
      for await (const piece of pieces) {
        sink ??= isCapture(piece) ? replay.capture(file) : replay.log(file, mtimeMs);
        sink.push(piece);
      }
    } catch (error) {
      // Packed and cut off: what could be unpacked was read.
      if (sink === undefined || !codeOf(error).startsWith("Z_")) throw error;
    }
    sink?.end();
    if (sink === undefined) return refused(file, "it is empty");
    return undefined;
  } catch (error) {
    return refused(file, WHY[codeOf(error)] ?? codeOf(error));
  } finally {
    await handle?.close();
  }
}

/** Each piece is the taker's: it is not written again. */
async function piecesOf(handle: FileHandle): Promise<AsyncIterable<Buffer>> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  const stream = handle.createReadStream({ start: 0, highWaterMark: PIECE, autoClose: false });
  const isPacked = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  return isPacked ? stream.pipe(createGunzip({ chunkSize: PIECE })) : stream;
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
  return trouble(
    "USAGE_REPLAY",
    `${file} cannot be read: ${why}`,
    "Nothing was changed.",
    "Name a capture (pcap, pcapng) or a log of Asterisk, FreeSWITCH or Kamailio: rempart replay FILE",
  );
}
