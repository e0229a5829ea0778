/** An element of XML, or a block of Apache's configuration: what stands in its head, and between it and its end. */
export interface Block {
  readonly head: string;
  readonly body: string;
}

/**
 * Blocks of these names, and the text without them; one in another of the same name ends with the first end. By hand, since an expression
 * for it would look for the end of each beginning again: here a text is gone through once, whatever is in it.
 */
export function cutBlocks(text: string, names: string): { blocks: Block[]; rest: string } {
  const begin = new RegExp(`<(${names})\\b([^>\\n]{0,500})>`, "gi");
  const lower = text.toLowerCase();
  const blocks: Block[] = [];
  const rest: string[] = [];
  let at = 0;
  for (let hit = begin.exec(text); hit !== null; hit = begin.exec(text)) {
    const close = `</${hit[1].toLowerCase()}>`;
    const end = hit[2].endsWith("/") ? begin.lastIndex : lower.indexOf(close, begin.lastIndex);
    // Not closed: what follows cannot be told from it.
    if (end < 0) return { blocks, rest: rest.join("") + text.slice(at, hit.index) };
    rest.push(text.slice(at, hit.index));
    blocks.push({ head: hit[2].trim(), body: text.slice(begin.lastIndex, end) });
    at = hit[2].endsWith("/") ? end : end + close.length;
    begin.lastIndex = at;
  }
  return { blocks, rest: rest.join("") + text.slice(at) };
}
