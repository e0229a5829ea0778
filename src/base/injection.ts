/**
 * Characters that no dialled user has and a dialplan, a shell or SQL understands: `500&PJSIP/trunk/00…` dials twice. Comma, slash and equals sign
 * are left out: numbers with parameters have them.
 */
const IN_USER = new Uint8Array(65_536).fill(1, 0, 32);
for (const c of "&'\"`<>{}()$|\\") IN_USER[c.charCodeAt(0)] = 1;
/** What makes an apostrophe or an angle bracket in a name an attempt: O'Brien is none. */
const IN_NAME =
  /'\s*(?:or|and|union|;|--|=|\|\|)|(?:--|;)\s*$|<\s*\/?\s*(?:script|img|svg|iframe)|\bunion\s+(?:all\s+)?select\b/i;

/** Is this user part (unescaped) one that is to do something where it is put into? HOT. */
export function isInjectedUser(user: string): boolean {
  for (let i = 0; i < user.length; i++) if (IN_USER[user.charCodeAt(i)] === 1) return true;
  return false;
}

/** The same of a display name or a login, where people have apostrophes. */
export function isInjectedName(name: string): boolean {
  return (
    (name.includes("'") || name.includes("<") || name.includes("--") || name.includes("elect")) && IN_NAME.test(name)
  );
}
