import type { BindingRow } from "./messages.ts";

/**
 * Binding rows as two flat lists. Crossing threads copies property names along with every object, and that cost a registrar
 * a share of each registration that showed in the profile (postMessage 4 % of a REGISTER).
 */
export interface PackedRows {
  readonly texts: readonly string[];
  readonly numbers: Float64Array<ArrayBuffer>;
}

const TEXTS = 8;
const NUMBERS = 5;

export function packRows(rows: readonly BindingRow[]): PackedRows {
  const texts: string[] = [];
  const numbers = new Float64Array(rows.length * NUMBERS);
  let at = 0;
  for (const r of rows) {
    // A Path value is header text: it holds no line feed.
    texts.push(r.aor, r.contact, r.params, r.callId, r.instance, r.userAgent, r.received, r.path.join("\n"));
    numbers[at++] = r.cseq;
    numbers[at++] = r.expires;
    numbers[at++] = r.q;
    numbers[at++] = r.regId;
    numbers[at++] = r.listener;
  }
  return { texts, numbers };
}

export function unpackRows({ texts, numbers }: PackedRows): BindingRow[] {
  const rows: BindingRow[] = [];
  for (let t = 0, n = 0; t < texts.length; t += TEXTS, n += NUMBERS) {
    rows.push({
      aor: texts[t],
      contact: texts[t + 1],
      params: texts[t + 2],
      callId: texts[t + 3],
      instance: texts[t + 4],
      userAgent: texts[t + 5],
      received: texts[t + 6],
      path: texts[t + 7] === "" ? [] : texts[t + 7].split("\n"),
      cseq: numbers[n],
      expires: numbers[n + 1],
      q: numbers[n + 2],
      regId: numbers[n + 3],
      listener: numbers[n + 4],
    });
  }
  return rows;
}
