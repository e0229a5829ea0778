/** Text of others as it may be shown: no control characters, no credentials, no endless line. */
export function shown(line: string): string {
  const cut = line
    .replace(/\b(response|cnonce)="?[^",\s]*"?/gi, '$1="..."')
    .replace(/^((?:Proxy-)?Authorization:\s*Basic\s+).*$/i, "$1...");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const clean = cut.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
  return clean.length > 300 ? `${clean.slice(0, 297)}...` : clean;
}

/** The start line of a message and those of its headers that are named, one a line, with a mark before each. */
export function excerpt(mark: ">" | "<", text: string, ...names: readonly string[]): string[] {
  const [start = "", ...lines] = (text.split("\r\n\r\n", 1)[0] ?? "").split("\r\n");
  const wanted = names.map((name) => `${name.toLowerCase()}:`);
  const kept = lines.filter((line) => wanted.some((name) => line.toLowerCase().startsWith(name)));
  return [start, ...kept].map((line) => `${mark} ${shown(line)}`);
}

/** A whole message as the log of the run keeps it. */
export function logged(text: string): string {
  return text
    .split("\r\n")
    .map((line) => `    ${shown(line)}`)
    .join("\n");
}
