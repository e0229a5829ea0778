import { changed, isPublic, type Row, type Site, type Told } from "./row.ts";
import { callsOf, hasModule, type Modparam, paramOf, paramsOf } from "./script.ts";

const SHORTEST_SECRET = 16;
const LONGEST_NONCE = 900;

const isOn = (p: Modparam | undefined): boolean => p !== undefined && /^(?:yes|on|true|1)$/i.test(p.value);
const one = (p: Modparam, says: string, edits: Told["edits"] = []): Told[] => [
  { at: p.origin, says, key: `${p.spot.file}/${p.modules}/${p.name}`, edits },
];

/** Asks users for passwords at all. */
function usesAuth(site: Site): boolean {
  return (
    hasModule(site.script, "auth") &&
    callsOf(site.script, (n) => /auth_check|authenticate|authorize/.test(n)).length > 0
  );
}

export const PARAMS: readonly Row[] = [
  {
    rule: {
      id: "kamailio-plain-passwords",
      severity: "medium",
      title: "Passwords stand in the database as they are",
      why: "A copy of the database, an SQL injection or a backup gives every password away, to be used anywhere.",
      fix: 'Keep HA1 instead: calculate_ha1 0 and password_column "ha1" (kamctl fills that column; check that it is filled for every subscriber before the switch).',
      see: [],
    },
    check: (site) => {
      const ha1 = paramOf(site.script, "auth_db", "calculate_ha1");
      if (!hasModule(site.script, "auth_db") || ha1 === undefined || !isOn(ha1)) return [];
      const column = paramOf(site.script, "auth_db", "password_column");
      const edits = [...changed(site, ha1, "0"), ...(column === undefined ? [] : changed(site, column, '"ha1"'))];
      return one(
        ha1,
        `calculate_ha1 is ${ha1.value}: the column ${column?.value ?? "ha1"} holds plain passwords.`,
        column === undefined ? [] : edits,
      );
    },
  },
  {
    rule: {
      id: "kamailio-nonce-secret",
      severity: "medium",
      title: "The secret of the nonces is short",
      why: "Whoever guesses it makes nonces of his own, and then captured answers are good for ever.",
      fix: 'Leave modparam("auth", "secret", …) out: Kamailio makes one at each start. Several servers that share nonces: 32 random characters.',
      see: ["digest-nonce-unchecked"],
    },
    check: (site) => {
      const secret = paramOf(site.script, "auth", "secret");
      if (secret === undefined || secret.value.length >= SHORTEST_SECRET) return [];
      return one(secret, `It has ${secret.value.length} characters.`);
    },
  },
  {
    rule: {
      id: "kamailio-nonce-life",
      severity: "low",
      title: "A nonce lives long",
      why: "A captured answer to a challenge can be sent again for as long.",
      fix: 'modparam("auth", "nonce_expire", 300), which is the default.',
      see: ["digest-replay"],
    },
    check: (site) => {
      const life = paramOf(site.script, "auth", "nonce_expire");
      if (life === undefined || !(Number(life.value) > LONGEST_NONCE)) return [];
      return one(life, `nonce_expire is ${life.value} seconds.`, changed(site, life, "300"));
    },
  },
  {
    rule: {
      id: "kamailio-nonce-replay",
      severity: "low",
      title: "An answer to a challenge is good more than once",
      why: "Neither nonce_count nor one_time_nonce is on: who captures one REGISTER or INVITE over UDP or TCP sends its answer again, with a Contact or a number of his own, until the nonce is old.",
      fix: 'modparam("auth", "nonce_count", 1) with modparam("auth", "qop", "auth"), and "1" as flags of auth_challenge(); or TLS.',
      see: ["digest-replay"],
    },
    check: (site) => {
      if (
        !usesAuth(site) ||
        isOn(paramOf(site.script, "auth", "nonce_count")) ||
        isOn(paramOf(site.script, "auth", "one_time_nonce"))
      )
        return [];
      const module = site.script.modules.find((m) => m.name === "auth");
      if (module === undefined) return [];
      return [
        { at: module.spot, says: "nonce_count and one_time_nonce are off.", key: `${module.spot.file}/auth/replay` },
      ];
    },
  },
  {
    rule: {
      id: "kamailio-control-open",
      severity: "critical",
      title: "The control port is open to the network",
      why: "RPC asks for no password: whoever reaches it drops registrations, changes settings and stops the server.",
      fix: "A unix socket (the default), or tcp:127.0.0.1.",
      see: ["manager-exposed"],
    },
    check: (site) =>
      ["ctl", "jsonrpcs"].flatMap((module) =>
        !hasModule(site.script, module)
          ? []
          : paramsOf(site.script, module).flatMap((p): Told[] => {
              if (!/^(?:binrpc|fifo|tcp_socket|dgram_socket)$/.test(p.name)) return [];
              const far = /^(?:tcp|udp):(.*)$/.exec(p.value)?.[1] ?? (p.name === "tcp_socket" ? p.value : undefined);
              if (far === undefined || !isPublic(far)) return [];
              const edits = p.name === "binrpc" ? changed(site, p, '"unix:/run/kamailio/kamailio_ctl"') : [];
              return one(p, `${module} takes commands at ${p.value}.`, edits);
            }),
      ),
  },
  {
    rule: {
      id: "kamailio-control-mode",
      severity: "medium",
      title: "Every user of this machine may control Kamailio",
      why: "Any process, a web server's script too, drops registrations and changes settings.",
      fix: 'modparam("ctl", "mode", 0660), modparam("jsonrpcs", "fifo_mode", 0660).',
      see: [],
    },
    check: (site) =>
      (
        [
          ["ctl", "mode"],
          ["jsonrpcs", "fifo_mode"],
          ["jsonrpcs", "dgram_mode"],
        ] as const
      ).flatMap(([module, name]) => {
        const mode = paramOf(site.script, module, name);
        if (mode === undefined || (Number.parseInt(mode.value.replace(/^0o?/, ""), 8) & 0o002) === 0) return [];
        return one(mode, `${module} ${name} is ${mode.value}: others may write.`, changed(site, mode, "0660"));
      }),
  },
  {
    rule: {
      id: "kamailio-trusts-everyone",
      severity: "critical",
      title: "The list of trusted addresses holds everybody",
      why: "Who is in it needs no password: with a network of all addresses in it, nobody does.",
      fix: "Take that line out; name each carrier's addresses.",
      see: ["open-relay"],
    },
    check: trusted,
  },
];

const FILES: Readonly<Record<string, string>> = {
  address_file: "",
  default_allow_file: "permissions.allow",
};

/** Tables of addresses that are files; those in a database cannot be seen. */
function trusted(site: Site): Told[] {
  if (!hasModule(site.script, "permissions")) return [];
  const told: Told[] = [];
  for (const [name, standard] of Object.entries(FILES)) {
    const param = paramOf(site.script, "permissions", name);
    const path = (param?.value ?? standard).replace(/^.*\//, "");
    const text = path === "" ? undefined : site.input.files.get(path)?.text;
    const lines = text?.split("\n") ?? [];
    lines.forEach((line, i) => {
      const isAll =
        name === "address_file"
          ? /^\s*\(?\d+\s*,?\s*"?(?:0\.0\.0\.0|::)"?[\s,/]+0\b/.test(line) || /^[^#]*(?:0\.0\.0\.0|::)\/0/.test(line)
          : /^\s*ALL\s*:\s*ALL\b/i.test(line);
      const at = { file: path, line: i + 1 };
      const edits = [{ ...at, count: 1, lines: [`#${line}`] }];
      if (isAll) told.push({ at, says: `${path} has a line for all addresses.`, key: `${path}/everyone`, edits });
    });
  }
  const database = paramOf(site.script, "permissions", "db_url");
  if (database !== undefined && paramOf(site.script, "permissions", "address_file") === undefined)
    site.miss(
      `${database.spot.file}:${database.spot.line}: the trusted addresses stand in a database: look there for mask 0 (SELECT * FROM address WHERE mask = 0).`,
    );
  return told.slice(0, 20);
}
