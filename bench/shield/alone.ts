import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startAsterisk } from "../../test/peers/support/asterisk.ts";
import type { Owner } from "../../test/support/owner.ts";
import { DOMAIN, passwordOf, userOf } from "../accounts.ts";
import { PORT, type Scene, WAYS } from "./scene.ts";
import type { Guesser } from "./strike.ts";

/** Where it logs, and the folder of its configuration. */
export interface Alone {
  readonly log: string;
  readonly etc: string;
}

/** Asterisk alone on the public address of the scene, with the first accounts of `accounts.ts`. */
export async function startAlone(t: Owner, scene: Scene, count: number): Promise<Alone> {
  const users = Array.from({ length: count }, (_, i) => userOf(i));
  const sections = users.map((user) =>
    [
      `[${user}]\ntype = endpoint\ncontext = none\nauth = ${user}\naors = ${user}\ndisallow = all\nallow = alaw`,
      `[${user}]\ntype = auth\nauth_type = userpass\nusername = ${user}\npassword = ${passwordOf(user)}\nrealm = ${DOMAIN}`,
      `[${user}]\ntype = aor\nmax_contacts = 1`,
    ].join("\n\n"),
  );
  const pjsip = `[udp]\ntype = transport\nprotocol = udp\nbind = ${WAYS[4].edge}:${PORT}\n\n${sections.join("\n\n")}\n`;
  const asterisk = await startAsterisk(t, {
    version: 22,
    driver: "pjsip",
    port: PORT,
    files: {
      "pjsip.conf": pjsip,
      "extensions.conf": "[none]\n",
      "voicemail.conf": "[general]\n",
      "logger.conf": "[general]\n[logfiles]\nfull => notice,warning,error,security\n",
    },
    trace: false,
    within: scene.edge.within,
  });
  return { log: join(asterisk.folder, "../log/full"), etc: asterisk.folder };
}

/** How many ms after a source had sent its sixth wrong password Asterisk says that it has logged it: its own time. */
export function logged(log: string): (g: Guesser) => number {
  const wrong = new Map<string, number[]>();
  const line =
    /SecurityEvent="(?:ChallengeResponseFailed|InvalidPassword)",EventTV="([^"]+)".*RemoteAddress="IPV4\/UDP\/([\d.]+)\//;
  for (const text of readFileSync(log, "latin1").split("\n")) {
    const [, at = "", source = ""] = line.exec(text) ?? [];
    const times = wrong.get(source) ?? [];
    if (source !== "" && times.length < 6) wrong.set(source, [...times, Date.parse(at)]);
  }
  return ({ source, at }) => (wrong.get(source)?.[5] ?? at) - at;
}
