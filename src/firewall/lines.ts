/**
 * Cuts what comes in pieces into lines. `onLine` gets each without its end; a line of more than `most` bytes ends it all by `onTooLong`, since
 * nobody of ours writes such.
 */
export function lineReader(
  most: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): (piece: string) => void {
  let rest = "";
  return (piece) => {
    let from = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", from)) {
      onLine(rest + piece.slice(from, end));
      rest = "";
      from = end + 1;
    }
    rest += piece.slice(from);
    if (rest.length > most) onTooLong();
  };
}
