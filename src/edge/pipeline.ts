import type { Core } from "./core.ts";
import type { Request, Word } from "./request.ts";
import { authenticate } from "./stages/authenticate.ts";
import { contact } from "./stages/contact.ts";
import { crowded } from "./stages/crowded.ts";
import { inspect } from "./stages/inspect.ts";
import { looseRoute } from "./stages/loose-route.ts";
import { match } from "./stages/match.ts";
import { maxForwards } from "./stages/max-forwards.ts";
import { merged } from "./stages/merged.ts";
import { muted } from "./stages/muted.ts";
import { names } from "./stages/names.ts";
import { policy } from "./stages/policy.ts";
import { refer } from "./stages/refer.ts";
import { registrar } from "./stages/registrar.ts";
import { route } from "./stages/route.ts";
import { sanity } from "./stages/sanity.ts";
import { secured } from "./stages/secured.ts";
import { self } from "./stages/self.ts";
import { standing } from "./stages/standing.ts";
import { trust } from "./stages/trust.ts";

export type Stage = (r: Request, core: Core) => Word;

/**
 * THE order of a request. Before the first line the host has bounded the datagram, parsed it and checked its grammar.
 * A stage may rely on those above having said `next`, never on which they are.
 */
export const PIPELINE: readonly Stage[] = [
  match, //        retransmissions, ACKs and CANCELs stop at the transaction they belong to, and are never evidence
  inspect, //      how scanners write, before any answer tells them something
  sanity, //       RFC 3261 16.3: what no element could serve is refused before it costs anything
  maxForwards, //  before any routing, or a loop would go round once more
  merged, //       a second copy of an INVITE that is being relayed already
  looseRoute, //   in-dialog requests leave here by their token: no password, no policy, no look-up per BYE
  refer, //        in a dialog too, who has a number called needs the right to it
  self, //         what is asked of Rempart itself needs no password: OPTIONS
  trust, //        who is asking: decides whether a password is needed at all
  muted, //        of a source with standing only an account, a device, or those without it are kept out
  secured, //      no password is asked for, and nothing told, over a connection that is not good enough for it
  contact, //      a phone system calls a phone that it knows by us
  standing, //     where it asks for passwords: who is not registered does not reach it
  crowded, //      strangers get no more than their share of the memory, nor new requests that of calls which stand
  authenticate, // before anything tells a stranger who exists here
  names, //        for whom is proved alone: where another domain is, which policy judges by its addresses
  policy, //       may this caller reach that target: nobody's open relay
  registrar, //    REGISTER: the location service
  route, //        the bindings or the backend that serve the target
];
