import type { Scenario } from "../scenario.ts";
import { decoy } from "./decoy.ts";
import { distributedGuessing } from "./distributed-guessing.ts";
import { flood } from "./flood.ts";
import { injection } from "./injection.ts";
import { malformed } from "./malformed.ts";
import { prefixSearch } from "./prefix-search.ts";
import { relayAttempt } from "./relay-attempt.ts";
import { scanner } from "./scanner.ts";
import { slowConnection } from "./slow-connection.ts";
import { unknownUsers } from "./unknown-users.ts";
import { wrongPassword } from "./wrong-password.ts";

/** Every way in which an attacker is recognised. What comes first is told as the reason when two are reached at once. */
export const SCENARIOS: readonly Scenario[] = [
  scanner,
  injection,
  decoy,
  wrongPassword,
  distributedGuessing,
  unknownUsers,
  prefixSearch,
  relayAttempt,
  slowConnection,
  malformed,
  flood,
];
