/** One value of a CSV row, and where it starts in its line: the first character is column 1. */
export interface Field {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** What makes a text no CSV, and where. */
export interface CsvFault {
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

/**
 * Reads CSV as of RFC 4180: quotes with "" for a quote, commas and line ends inside quotes, CRLF or LF, a byte order mark.
 * Empty lines are left out. One pass, linear in the length.
 */
export function parseCsv(text: string): Field[][] | CsvFault {
  const rows: Field[][] = [];
  let row: Field[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  let lineStart = at;
  // The first line end from here on, found once: a row without one is not searched to its end for every value.
  let lineEnd = text.indexOf("\n", at);
  while (at < text.length) {
    const column = at - lineStart + 1;
    const startLine = line;
    let value: string;
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return { line, column, what: 'the quote that opens here is not closed, expected " at its end' };
      value = text.slice(at + 1, end).replaceAll('""', '"');
      for (; lineEnd >= 0 && lineEnd < end; lineEnd = text.indexOf("\n", lineEnd + 1)) {
        line++;
        lineStart = lineEnd + 1;
      }
      at = end + 1;
      if (at < text.length && !",\r\n".includes(text[at])) {
        return {
          line,
          column: at - lineStart + 1,
          what: "found text behind the closing quote, expected a comma or a line end",
        };
      }
    } else {
      const end = plainEnd(text, at);
      value = text.slice(at, end);
      const quote = value.indexOf('"');
      if (quote >= 0) {
        return {
          line,
          column: column + quote,
          what: 'found " inside a plain value, expected the whole value in quotes',
        };
      }
      at = end;
    }
    row.push({ text: value, line: startLine, column });
    if (text[at] === ",") {
      at++;
      // A comma at the very end opens one more, empty value.
      if (at === text.length) row.push({ text: "", line, column: at - lineStart + 1 });
      if (at < text.length) continue;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    if (row.length > 1 || row[0].text !== "") rows.push(row);
    row = [];
    line++;
    lineStart = at;
    if (lineEnd >= 0 && lineEnd < at) lineEnd = text.indexOf("\n", at);
  }
  return rows;
}

/** Index of the quote that ends a quoted value; -1: none. */
function closingQuote(text: string, from: number): number {
  for (let i = text.indexOf('"', from); i >= 0; i = text.indexOf('"', i + 2)) if (text[i + 1] !== '"') return i;
  return -1;
}

function plainEnd(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x2c || c === 0x0a || c === 0x0d) break;
  }
  return i;
}
