import type { Rule } from "../../findings/index.ts";
import type { Check } from "../check.ts";
import { amplification } from "./amplification.ts";
import { calls } from "./calls.ts";
import { digest } from "./digest.ts";
import { enumeration } from "./enumeration.ts";
import { leak } from "./leak.ts";
import { malformed } from "./malformed.ts";
import { methods } from "./methods.ts";
import { reach } from "./reach.ts";
import { relay } from "./relay.ts";
import { rtp } from "./rtp.ts";
import { scanner } from "./scanner.ts";
import { secrets } from "./secrets.ts";
import { services } from "./services.ts";
import { tls } from "./tls.ts";
import { topology } from "./topology.ts";

/** All of them, in order: first what nobody minds, then what a guard may shut us out for. */
export const CHECKS: readonly Check[] = [
  reach, // says over what the others speak
  tls,
  services,
  // Own credentials give standing where there is a guard.
  secrets,
  digest,
  leak,
  rtp,
  calls,
  methods,
  relay,
  topology,
  amplification,
  enumeration,
  // Whoever counts broken or many requests stops us here.
  malformed,
  scanner,
];

/** Every rule, in the order of its check. */
export const PROBE_RULES: readonly Rule[] = CHECKS.flatMap((check) => check.rules);
