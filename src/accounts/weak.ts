/** Shortest user name and password that are taken without being asked twice. */
export const SHORTEST_USER = 8;
export const SHORTEST_PASSWORD = 10;

/** Passwords that every dictionary holds, without the digits and signs that people put behind them. */
const COMMON = new Set(
  `password passwort motdepasse contrasena secret secreto changeme letmein welcome willkommen bienvenue bienvenido admin
  administrator root toor guest test testing tester demo user default qwerty qwertyuiop azerty qwertz asdfgh asdfghjkl
  zxcvbnm iloveyou monkey dragon sunshine princess football baseball master superman batman trustno1 shadow login hello
  access whatever freedom abc abcdef abcdefgh abcdefghij passw0rd p@ssw0rd p@ssword pa55word asterisk freepbx elastix
  issabel trixbox sip siptest phone telephone voip voippassword pbx extension cisco polycom yealink grandstream snom
  company office server internet computer michael jennifer jordan charlie`.split(/\s+/),
);

/** Why a user name is weak, in words for the operator; undefined when it is not. */
export function weakUser(user: string): string | undefined {
  if (/^\+?\d+$/.test(user)) return `the user name ${user} is a number, and scanners try every number first`;
  if (user.length < SHORTEST_USER) {
    return `the user name ${user} has ${user.length} characters, and short ones are found by trying; take ${SHORTEST_USER} or more`;
  }
  return undefined;
}

/** Why a password is weak, in words that do not repeat it; undefined when it is not. */
export function weakPassword(password: string, user: string): string | undefined {
  const length = [...password].length;
  const plain = password.toLowerCase();
  const core = plain.replace(/^[\d\W_]+|[\d\W_]+$/g, "");
  if (plain === user.toLowerCase()) return "the password is the user name, which is the first thing that is tried";
  if (/^\d+$/.test(password)) return "the password is a number, and all numbers of that length are tried in minutes";
  if (COMMON.has(plain) || COMMON.has(core)) return "the password is one of those that every attacker's list holds";
  if (length < SHORTEST_PASSWORD) {
    return `the password has ${length} characters, and short ones are found by trying; take ${SHORTEST_PASSWORD} or more`;
  }
  if (plain.includes(user.toLowerCase()))
    return "the password contains the user name, which is tried in many spellings";
  if (new Set(plain).size < 5) return "the password repeats a few characters, which is tried early";
  return undefined;
}
