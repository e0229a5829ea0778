import type { Gathering } from "./gather.ts";
import { NO_SECRETS } from "./gather.ts";
import type { Layout, Takers } from "./layouts.ts";

/** Asterisk Realtime of chan_sip. Rows with a fixed host are no phones that register: they are passed over. */
export const SIPPEERS: Layout = {
  shapes: [{ name: "sippeers", key: ["name"], needed: ["name", "host"], oneOf: ["secret", "md5secret"], optional: [] }],
  begin(out: Gathering): Takers {
    return {
      sippeers: ({ name, host, secret = "", md5secret = "" }) => {
        if (host.toLowerCase() !== "dynamic") return;
        // chan_sip looks at the secret only when there is no md5secret.
        const secrets = md5secret === "" ? { ...NO_SECRETS, password: secret } : { ...NO_SECRETS, md5: md5secret };
        out.add({ table: "sippeers", key: name }, name, "", "", secrets);
      },
    };
  },
};
