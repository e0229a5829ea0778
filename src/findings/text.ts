/**
 * A text of somebody else's as it may be shown: bytes that are UTF-8 are read as such, and what could steer a terminal or turn the
 * direction of writing (controls, formats, lone surrogates) is written out. One line stays one line.
 */
export function readable(text: string): string {
  return decoded(text).replace(HIDDEN, (c) => {
    const code = c.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** Controls, formats, surrogates, private use, unassigned; and the two characters that end a line for some. */
const HIDDEN = /[\p{C}\u2028\u2029]/gu;

/** Audit's texts have a character for each byte of the file (latin1); where these bytes are UTF-8, this is what they say. */
function decoded(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[\u0100-\uffff]/.test(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  } catch {
    return text;
  }
}

/** Words in lines of at most `width` characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** "1 finding", "2 findings". */
export function countOf(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
