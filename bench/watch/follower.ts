/** Follows a log and reads its lines, as the guard does: `node follower.ts FILE`. Tells on stdout how many bytes it has read, each second. */
import { followFile } from "../../src/follow/index.ts";
import { AsteriskLog, LineCutter } from "../../src/watch/index.ts";

const [path = ""] = process.argv.slice(2);
const cutter = new LineCutter();
const log = new AsteriskLog(() => {});
let bytes = 0;
let told = -1;
const take = (line: string): void => void log.take(line, Date.now());
followFile(
  path,
  { from: "start" },
  {
    onBytes: (piece) => {
      bytes += piece.length;
      cutter.push(piece, take);
    },
    onTrouble: (trouble) => void process.stderr.write(`${trouble?.what ?? "over"}\n`),
  },
);
// Unref would end it; told only when there is news, so that an idle one is idle.
setInterval(() => {
  if (bytes === told) return;
  told = bytes;
  process.stdout.write(`${bytes}\n`);
}, 1_000);
