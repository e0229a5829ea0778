/** What is tried first: names and defaults of phone systems, and passwords that are common everywhere. In lower case. */
export const COMMON: ReadonlySet<string> = new Set(
  `123 1234 12345 123456 1234567 12345678 123456789 1234567890 0000 00000 000000 1111 11111 111111 2222 4321 54321 654321 9999
   abc123 abcd1234 admin admin123 administrator amp109 amp111 ampuser asterisk asterisk123 asteriskuser asteriskpass changeme
   changeit changethis cisco default elastix extension freepbx fpbx guest hello issabel letmein linksys login manager mark
   mysecret mypassword mypass nopass none office operator p4ssw0rd pa55word pass pass123 passw0rd passwd password password1
   password123 pbx phone phpadmin polycom provision qwerty qwerty123 qwertyuiop raspberry root sangoma secret secret123
   secret1234 security server service sip sip123 sipsip sipuser snom support system telefon test test123 test1234 tester
   toor trixbox trunk unsecurepassword user user123 user1234 usecurepassword voice voip voip123 vicidial welcome welcome1 yealink
   eLaStIx.2oo7 amp111 jetspeed 1qaz2wsx zaq12wsx 1q2w3e4r q1w2e3r4 asdfgh asdfghjkl zxcvbnm iloveyou dragon monkey`
    .toLowerCase()
    .split(/\s+/),
);

/** "1234", "111111", "987654": one digit after the other, by the same step. */
export function isRun(text: string): boolean {
  if (text.length < 3) return false;
  const step = text.charCodeAt(1) - text.charCodeAt(0);
  if (Math.abs(step) > 1) return false;
  for (let i = 2; i < text.length; i++) if (text.charCodeAt(i) - text.charCodeAt(i - 1) !== step) return false;
  return true;
}
