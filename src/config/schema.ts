import * as z from "zod/mini";
import { LIMITS } from "../base/index.ts";
import { DIAL, TRUNK } from "./dial.ts";
import { choice, list, seconds, some, table, text, whole } from "./shapes.ts";
import { ADVERTISE, BACKEND_URI, DOMAIN, LISTEN_ADDRESS, NAME } from "./syntax.ts";

const WEEK = 604_800;
const PATH = { expected: "the path of a folder", test: (path: string) => path !== "" && !path.includes("\0") };
const REALM = { expected: 'printable ASCII without " and \\', test: (r: string) => /^[ !#-[\]-~]{1,128}$/.test(r) };

const listen = table({
  transport: choice(["udp", "tcp"]),
  address: text(LISTEN_ADDRESS),
  side: z._default(choice(["public", "private"]), "public"),
  advertise: z.optional(text(ADVERTISE)),
});

const backend = table({
  name: text(NAME),
  uri: text(BACKEND_URI),
  weight: z._default(whole(0, 1_000), 1),
  priority: z._default(whole(1, 100), 1),
});

/** The file as written, with the defaults that depend on nothing. Keys are those of the file. */
export const SCHEMA = table({
  mode: z._default(choice(["observe", "enforce"]), "observe"),
  state: z.optional(text(PATH)),
  sip: z.prefault(
    table({
      domains: z.optional(some(text(DOMAIN), "a list of domains")),
      realm: z.optional(text(REALM)),
      listen: z.optional(some(listen, "one or more tables [[sip.listen]]")),
      udp: z.prefault(table({ adapter: z._default(choice(["auto", "batch", "dgram"]), "auto") }), {}),
      tcp: z.prefault(
        table({
          half_message: z._default(seconds(1, 60), LIMITS.halfMessage / 1_000),
          idle: z._default(seconds(10, 86_400), LIMITS.idle / 1_000),
        }),
        {},
      ),
    }),
    {},
  ),
  backend: z._default(list(backend, "tables [[backend]]"), []),
  trunk: z._default(list(TRUNK, "tables [[trunk]]"), []),
  dial: z.prefault(DIAL, {}),
  front: z.prefault(
    table({
      register: z._default(choice(["edge"]), "edge"),
      balance: z._default(choice(["weight", "call-id", "aor"]), "weight"),
    }),
    {},
  ),
  probe: z.prefault(
    table({
      interval: z._default(seconds(0, 3_600), 1),
      down_after: z._default(whole(1, 100), 2),
      up_after: z._default(whole(1, 100), 2),
      expect: z._default(list(whole(200, 699), "a list of status codes such as [200, 404]"), []),
    }),
    {},
  ),
  registrar: z.prefault(
    table({
      min_expires: z.optional(seconds(1, WEEK)),
      max_expires: z._default(seconds(1, WEEK), 3_600),
      default_expires: z.optional(seconds(1, WEEK)),
      max_contacts: z._default(whole(1, LIMITS.contacts), LIMITS.contacts),
    }),
    {},
  ),
  auth: z.prefault(
    table({
      algorithms: z._default(some(choice(["SHA-512-256", "SHA-256", "MD5"]), "a list of algorithms"), [
        "SHA-256",
        "MD5",
      ]),
      nonce_lifetime: z._default(seconds(10, 86_400), 300),
    }),
    {},
  ),
  log: z.prefault(table({ level: z._default(choice(["error", "warn", "info", "debug"]), "info") }), {}),
});

export type Raw = z.infer<typeof SCHEMA>;
