import { createReadStream } from "node:fs";
import { type Trouble, trouble } from "../base/index.ts";

/** Most bytes of a file or of stdin: about as much as the daemon takes in one command, half a million accounts. */
const MOST = 32 * 1_048_576;

/** A text file in UTF-8, `-` for stdin, whole; USAGE_FILE for what is none, or too large. */
export async function readText(file: string): Promise<string | Trouble> {
  const name = file === "-" ? "stdin" : file;
  try {
    const source: AsyncIterable<Buffer> = file === "-" ? process.stdin : createReadStream(file);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of source) {
      chunks.push(chunk);
      length += chunk.length;
      // A device never ends.
      if (length > MOST) return unreadable(name, `it is larger than ${MOST / 1_048_576} MiB`);
    }
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return unreadable(name, WHY[code] ?? code);
  }
}

const WHY: Readonly<Record<string, string>> = {
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
  ENOENT: "no such file",
  EACCES: "no right to read it",
  EISDIR: "a folder",
};

function unreadable(name: string, why: string): Trouble {
  const next = "Name a readable file in UTF-8: rempart account --help";
  return trouble("USAGE_FILE", `${name} cannot be read: ${why}`, "No account was changed.", next);
}
