/** What every list of attackers begins with, in lower case: of people, of keyboards, and of phone systems. */
const WORDS = `
password passwort motdepasse contrasena contraseña senha parola secret secreto geheim changeme changeit letmein welcome willkommen
bienvenue bienvenido admin administrator administrateur root toor guest gast test testing tester demo user default qwerty qwertyuiop qwertz
azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx iloveyou monkey dragon sunshine princess football soccer baseball basketball hockey master
superman batman spiderman trustno shadow login hello access whatever freedom abc abcd abcdef abcdefg abcdefgh abcde a1b2c3 passw0rd p@ssw0rd
p@ssword pa55word pass pw asterisk freepbx elastix issabel trixbox pbx sip siptest sipuser sippassword phone telephone telefon telefono voip
voippassword extension ext exten trunk carrier provider peer friend cisco polycom yealink grandstream snom fanvil aastra mitel avaya gigaset
linksys sipura zoiper linphone jitsi kamailio opensips office company server internet computer support service sales reception voicemail mail
fax lobby conference operator manager michael jennifer jordan charlie daniel thomas andrew robert william joshua matthew anthony jessica
ashley nicole hunter ranger buster ginger pepper summer winter spring autumn hallo salut bonjour hola ciao security secure private system
network telecom vodafone google samsung apple orange killer starwars pokemon cheese flower lovely computer1
`
  .trim()
  .split(/\s+/);

const ENDS = [
  "",
  "1",
  "12",
  "123",
  "1234",
  "12345",
  "123456",
  "!",
  "1!",
  "123!",
  "@123",
  "#1",
  "01",
  "007",
  "2020",
  "2021",
  "2022",
  "2023",
  "2024",
  "2025",
  "2026",
  "2027",
];

/** Runs and repeats of digits that are longer than a short number. */
const NUMBERS = `
12345 54321 11111 22222 33333 55555 00000 99999 123456 654321 111111 222222 333333 444444 555555 666666 777777 888888 999999 000000 121212
123123 112233 123321 696969 101010 159753 147258 789456 1234567 7654321 1111111 12345678 87654321 11111111 00000000 88888888 12341234
123456789 987654321 111111111 1234567890 0987654321 0123456789 1q2w3e 1q2w3e4r 1qaz2wsx q1w2e3r4 1a2b3c4d
`
  .trim()
  .split(/\s+/);

/** Passwords that are tried against any account, each once: words as they are, capitalized and with the usual ends, runs of digits. */
export const COMMON: readonly string[] = [
  ...new Set([...WORDS.flatMap((word) => ENDS.flatMap((end) => [word + end, capitalized(word) + end])), ...NUMBERS]),
];

/** All numbers of up to four digits: who may choose a number takes such a one. */
export const SHORT_NUMBERS: readonly string[] = [
  ...Array.from({ length: 10_000 }, (_, n) => String(n).padStart(4, "0")),
  ...Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, "0")),
];

/** "Word" of "word". */
export function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
