import type { Owner } from "../../test/support/owner.ts";
import { FRAUD, SINS } from "./packets.ts";
import { ACCOUNTS, registerPhones, type Service, serve } from "./phones.ts";
import { AT, type Ban, bansOf, newScene, type SiteOptions, startRempart, WAYS } from "./scene.ts";
import { type Flooded, flood } from "./strike.ts";

export interface ForgedResult {
  readonly services: readonly Service[];
  readonly sent: number;
  /** Bans of anybody, and what keeps a trunk or a registered account from working. */
  readonly wrongly: readonly Ban[];
}

/** Somebody writes the addresses of the offices and of the trunk on all that attackers do, while these work. */
export async function forged(t: Owner, o: SiteOptions & { seconds: number; rate: number }): Promise<ForgedResult> {
  const scene = newScene(t);
  const daemon = await startRempart(t, scene, { accounts: ACCOUNTS, ...o });
  await registerPhones(scene);
  const victims = [AT.registering, AT.calling, AT.called, AT.trunk];
  const forge = (from: string): Promise<Flooded> => {
    // A trunk's calls to numbers are its business, and go to the phone system.
    const texts = from === AT.trunk ? SINS.filter((text) => text !== FRAUD) : SINS;
    return flood(scene, { texts, from, sources: 1, seconds: o.seconds, rate: o.rate });
  };
  const [services, ...floods] = await Promise.all([serve(scene, o.seconds), ...victims.map(forge)]);
  const bans = await bansOf(daemon);
  const wrongly = bans.filter((b) => b.action === "ban" || b.source === AT.trunk || b.source === WAYS[4].edge);
  return { services, sent: floods.reduce((sum, f) => sum + f.sent, 0), wrongly };
}
