/** Digits from which on a text is a number to somebody, whatever stands between them: a dialplan may filter them out. */
const NUMBER_DIGITS = 7;

/** What a user part dials. */
export interface Dialled {
  /** As it is looked up: no visual separators, lower case. */
  readonly text: string;
  readonly digits: number;
  /** "+" in front and digits are all there is. */
  readonly plain: boolean;
  /** It begins as a number does; anything else is a name. */
  readonly isNumber: boolean;
  /** What else a phone system may read in it: none in most. */
  readonly also: readonly Dialled[];
}

const NOTHING: readonly Dialled[] = Object.freeze([]);

/**
 * Reads the user part of a URI, its escapes undone. Written to be hard to deceive: separators say nothing (RFC 3966 5.1.1), what
 * begins with a digit is a number whatever follows, and a name with many digits in it is the number that they make.
 */
export function readDialled(user: string): Dialled {
  const semicolon = user.indexOf(";");
  const end = semicolon < 0 ? user.length : semicolon;
  const context = contextOf(user, end);
  const read = asNumber(scan(user, context, 0, end));
  if (read.plain && semicolon < 0) return read;
  const also: Dialled[] = [];
  // A phone system may dial what stands before the parameters and know nothing of contexts, or filter the digits out of all of it.
  if (context !== "") also.push(asNumber(scan(user, "", 0, end)));
  const digits = onlyDigits(user);
  const isCode = read.text[0] === "*" || read.text[0] === "#";
  const counts = read.isNumber ? digits !== "" : digits.length >= NUMBER_DIGITS;
  if (counts && (semicolon >= 0 || !isCode)) also.push(numberOf(digits, true));
  return also.length === 0 ? read : { ...read, also };
}

/** A name with many digits in it is the number that they make. */
function asNumber(read: Dialled): Dialled {
  return read.isNumber || read.digits < NUMBER_DIGITS ? read : numberOf(onlyDigits(read.text), false);
}

function numberOf(digits: string, plain: boolean): Dialled {
  return { text: digits, digits: digits.length, plain, isNumber: true, also: NOTHING };
}

function scan(user: string, text: string, from: number, end: number): Dialled {
  let digits = text === "" ? 0 : text.length - 1;
  let plain = true;
  for (let i = from; i < end; i++) {
    const c = user.charCodeAt(i);
    // RFC 3966 3: "-", ".", "(", ")"; and a space, which some phones send escaped.
    if (c === 45 || c === 46 || c === 40 || c === 41 || c === 32) continue;
    if (isDigit(c)) digits++;
    else if (c !== 43 || text !== "") plain = false;
    text += user[i];
  }
  const first = text.charCodeAt(0);
  const isNumber = isDigit(first) || first === 43 || first === 42 || first === 35;
  return { text: text.toLowerCase(), digits, plain: plain && isNumber, isNumber, also: NOTHING };
}

/** RFC 3966 5.1.5: a number in the context of "+33" means one behind it. Empty without such a context. */
function contextOf(user: string, from: number): string {
  const name = ";phone-context=+";
  const at = user.toLowerCase().indexOf(name, from);
  if (at < 0 || user[0] === "+") return "";
  let end = at + name.length;
  while (end < user.length && isDigit(user.charCodeAt(end))) end++;
  return user.slice(at + name.length - 1, end);
}

function onlyDigits(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) if (isDigit(text.charCodeAt(i))) out += text[i];
  return out;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}
