import { ha1 as hashOf } from "../../auth/index.ts";
import type { Gathering, Secrets } from "./gather.ts";
import { NO_SECRETS } from "./gather.ts";
import type { Layout, Takers } from "./layouts.ts";

/** Kamailio's and OpenSIPS' subscriber. ha1b, made for phones that put a domain into the user name, is not used. */
export const SUBSCRIBER: Layout = {
  shapes: [
    {
      name: "subscriber",
      key: ["username", "domain"],
      needed: ["username"],
      oneOf: ["password", "ha1"],
      optional: ["domain"],
    },
  ],
  begin(out: Gathering): Takers {
    return {
      subscriber: ({ username, domain = "", password = "", ha1 = "" }) => {
        const row = { table: "subscriber", key: `${username}@${domain}` };
        out.add(row, username, domain, "", secretsOf(out, username, domain, password, ha1.toLowerCase()));
      },
    };
  },
};

/** ha1 counts, and the password beside it where both say the same: then it gives the other hashes too. */
function secretsOf(out: Gathering, user: string, domain: string, password: string, ha1: string): Secrets {
  if (ha1 === "") return { ...NO_SECRETS, password };
  const realm = out.realmOf(domain);
  const algorithm = ha1.length === 64 ? "SHA-256" : "MD5";
  if (password !== "" && hashOf(algorithm, user, realm, password) === ha1) return { ...NO_SECRETS, password };
  return algorithm === "MD5" ? { ...NO_SECRETS, md5: ha1 } : { ...NO_SECRETS, sha256: ha1 };
}
