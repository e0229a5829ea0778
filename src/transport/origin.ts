/**
 * May a page of this origin (RFC 6454 6.1, such as "https://phone.example.org") open a WebSocket here? `allowed` holds origins as
 * browsers send them, bare hosts (any scheme and port), or "*". Programs that are no browser send none and are let in: what the check
 * stops is a foreign page that uses its visitor's browser.
 */
export function isOriginAllowed(origin: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes("*")) return true;
  const text = origin.toLowerCase();
  if (allowed.includes(text)) return true;
  const host = /^https?:\/\/(\[[0-9a-f:.]+\]|[^/:@]+)(?::\d+)?$/.exec(text)?.[1];
  return host !== undefined && allowed.includes(host);
}
