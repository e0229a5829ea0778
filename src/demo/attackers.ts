import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { isFailure } from "../base/index.ts";
import { parseMessage } from "../sip/index.ts";
import { type Address, openLink } from "./link.ts";
import { openPhone, type Softphone } from "./softphone.ts";

/** Where the parts of the play are: each an address of loopback, so that nothing leaves this machine. */
export const PLACES = { office: "127.0.0.80", scanner: "127.0.0.66", guesser: "127.0.0.67" } as const;

/** Phones of the office, and how many of them have the password of last year. */
export const PHONES = 60;
export const OLD = 2;

/** Packets of the scanner, and milliseconds between two. */
const SCANS = 25;
const BETWEEN = 40;
/** How long an answer may take, ms. */
const PATIENCE = 400;
const T1 = 100;

/** Name of the phone with that number: desk-01. */
export function deskName(n: number): string {
  return `desk-${String(n).padStart(2, "0")}`;
}

/** What a scanner asks each address of the internet, in SIPVicious' handwriting. Gives how many packets it sent, and how many were answered. */
export async function scan(edge: Address): Promise<{ readonly sent: number; readonly answered: number }> {
  let answered = 0;
  const onText = (text: string): void => {
    if (!isFailure(parseMessage(text))) answered++;
  };
  const link = await openLink({ transport: "udp", local: PLACES.scanner, port: 0, edge, onText });
  for (let i = 0; i < SCANS; i++) {
    link.send(svmapPacket(`${link.local.host}:${link.local.port}`, `${edge.host}:${edge.port}`));
    await setTimeout(BETWEEN);
  }
  await setTimeout(PATIENCE);
  await link.close();
  return { sent: SCANS, answered };
}

function svmapPacket(at: string, to: string): string {
  const number = (): string => String(randomBytes(4).readUInt32BE());
  return (
    `OPTIONS sip:100@${to} SIP/2.0\r\nVia: SIP/2.0/UDP ${at};branch=z9hG4bK-${number()};rport\r\nMax-Forwards: 70\r\n` +
    `From: "sipvicious"<sip:100@1.1.1.1>;tag=${randomBytes(12).toString("hex")}\r\nTo: "sipvicious"<sip:100@1.1.1.1>\r\n` +
    `Call-ID: ${number()}${number()}\r\nCSeq: 1 OPTIONS\r\nContact: sip:100@${at}\r\nAccept: application/sdp\r\n` +
    "User-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n"
  );
}

/** Tries passwords for one account; each answers a nonce that was sent to this address. `heard`: the status of each try, 0 for silence. */
export async function guess(
  edge: Address,
  domain: string,
  user: string,
  passwords: readonly string[],
  heard: (password: string, status: number) => void,
): Promise<void> {
  for (const password of passwords) {
    const phone = await openPhone({ name: "guesser", user, domain, password, edge, local: PLACES.guesser, t1: 10 });
    const answer = await phone.register(3600, "User-Agent: Zoiper rv2.10\r\n").catch(() => ({ status: 0 }));
    heard(password, answer.status);
    await phone.close();
    await setTimeout(BETWEEN);
  }
}

/** The phones of an office behind one address; the last `OLD` have an old password. */
export async function openOffice(edge: Address, domain: string, password: string): Promise<Softphone[]> {
  const numbers = Array.from({ length: PHONES }, (_, i) => i + 1);
  return Promise.all(
    numbers.map((n) => {
      const user = deskName(n);
      const own = n > PHONES - OLD ? "of-last-year" : password;
      return openPhone({ name: user, user, domain, password: own, edge, local: PLACES.office, t1: T1 });
    }),
  );
}

/** The current comes back, and all register at once; those who are refused try again, as phones do. Gives how many are registered. */
export async function storm(phones: readonly Softphone[], tries: number): Promise<number> {
  const registered = await Promise.all(
    phones.map(async (phone) => {
      phone.forget();
      for (let i = 0; i < tries; i++) {
        const { status } = await phone
          .register(3600, `User-Agent: Desk Phone ${phone.name}\r\n`)
          .catch(() => ({ status: 0 }));
        if (status === 200) return 1;
      }
      return 0;
    }),
  );
  return registered.reduce((sum: number, n) => sum + n, 0);
}

/** One phone of the office calls another, which answers; true when they could talk and hang up. */
export async function callInOffice(caller: Softphone, callee: Softphone): Promise<boolean> {
  const call = caller.call(callee.aor);
  const answer = await call.final;
  if (answer.status !== 200) return false;
  await callee.calls[0].confirmed;
  const bye = await callee.calls[0].request("BYE");
  return bye.status === 200;
}
