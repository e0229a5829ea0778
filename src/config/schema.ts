import * as z from "zod/mini";
import { LIMITS } from "../base/index.ts";
import { DIAL, DNS, TRUNK } from "./dial.ts";
import { FIREWALL } from "./kernel.ts";
import { METRICS } from "./metrics.ts";
import { choice, FILE, list, NAME, PATH, seconds, some, table, text, whole } from "./shapes.ts";
import { SHIELD } from "./shield.ts";
import { ADVERTISE, BACKEND_URI, DATABASE_URL, DOMAIN, LISTEN_ADDRESS } from "./syntax.ts";
import { TLS, WS } from "./tls.ts";
import { WATCH } from "./watch.ts";

const WEEK = 604_800;
const REALM = { expected: 'printable ASCII without " and \\', test: (r: string) => /^[ !#-[\]-~]{1,128}$/.test(r) };

const listen = table({
  transport: choice(["udp", "tcp", "tls", "ws", "wss"]),
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

const accounts = table({
  url: text(DATABASE_URL),
  password_file: z.optional(text(FILE)),
  tls: z._default(z.boolean({ error: "true or false" }), false),
  tls_ca: z.optional(text(FILE)),
  tables: choice(["pjsip", "sippeers", "subscriber"]),
  domain: z.optional(text(DOMAIN)),
  interval: z._default(seconds(1, 3_600), 2),
});

/** The file as written, with the defaults that depend on nothing. Keys are those of the file. */
export const SCHEMA = table({
  mode: z._default(choice(["observe", "enforce"]), "observe"),
  state: z.optional(text(PATH)),
  events: z.optional(text(FILE)),
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
          per_source: z._default(whole(1, LIMITS.connections), LIMITS.connectionsPerSource),
        }),
        {},
      ),
    }),
    {},
  ),
  tls: z.prefault(TLS, {}),
  ws: z.prefault(WS, {}),
  backend: z._default(list(backend, "tables [[backend]]"), []),
  trunk: z._default(list(TRUNK, "tables [[trunk]]"), []),
  dial: z.prefault(DIAL, {}),
  shield: z.prefault(SHIELD, {}),
  firewall: z.prefault(FIREWALL, {}),
  dns: z.prefault(DNS, {}),
  watch: z.prefault(WATCH, {}),
  front: z.prefault(
    table({
      register: z.optional(choice(["relay", "edge", "mirror"])),
      contact: z._default(choice(["rewrite", "path"]), "rewrite"),
      local_calls: z._default(choice(["direct", "pbx"]), "direct"),
      unregistered: z._default(choice(["refuse", "pass"]), "refuse"),
      login: z._default(choice(["same", "any"]), "same"),
      private_port: z._default(whole(1, 65_534), 5_070),
      topology: z._default(choice(["hide", "show"]), "hide"),
      balance: z.optional(choice(["weight", "call-id", "aor"])),
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
  accounts: z.optional(accounts),
  metrics: z.optional(METRICS),
  log: z.prefault(table({ level: z._default(choice(["error", "warn", "info", "debug"]), "info") }), {}),
});

export type Raw = z.infer<typeof SCHEMA>;
