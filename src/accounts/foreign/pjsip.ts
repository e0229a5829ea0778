import type { ForeignRow } from "../../store/index.ts";
import { type Gathering, NO_SECRETS, type Secrets } from "./gather.ts";
import type { Layout, Takers } from "./layouts.ts";

/** Asterisk Realtime of PJSIP. `auth` and `aors` of an endpoint are lists; only what an endpoint names for incoming calls counts. */
export const PJSIP: Layout = {
  shapes: [
    {
      name: "ps_auths",
      key: ["id"],
      needed: ["id", "username"],
      oneOf: ["password", "md5_cred", "password_digest"],
      optional: ["auth_type", "realm"],
    },
    { name: "ps_aors", key: ["id"], needed: ["id"], oneOf: [], optional: [] },
    { name: "ps_endpoints", key: ["id"], needed: ["id", "auth", "aors"], oneOf: [], optional: [] },
  ],
  begin(out: Gathering): Takers {
    const auths = new Map<string, ForeignRow>();
    const aors = new Set<string>();
    const taken = new Set<string>();
    return {
      ps_auths: (row) => {
        auths.set(row.id, row);
      },
      ps_aors: (row) => {
        aors.add(row.id);
      },
      ps_endpoints: (row) => {
        for (const id of listOf(row.auth)) {
          // Several endpoints may share one.
          if (taken.has(id)) continue;
          taken.add(id);
          takeAuth(out, row, id, auths.get(id), aors);
        }
      },
    };
  },
};

function takeAuth(
  out: Gathering,
  endpoint: ForeignRow,
  id: string,
  auth: ForeignRow | undefined,
  aors: Set<string>,
): void {
  if (auth === undefined) {
    out.fault({ table: "ps_endpoints", key: endpoint.id }, `its auth ${quoted(id)} is not in ps_auths`);
    return;
  }
  const names = listOf(endpoint.aors);
  const { username } = auth;
  const row = { table: "ps_auths", key: id };
  // Which of several it is registered by, when it logs in by none of them, nobody says.
  const user = names.includes(username) || names.length !== 1 ? username : names[0];
  if (!names.includes(user)) {
    const own = names.length === 0 ? "has no aors" : `has the aors ${quoted(names.join(","))}, of which it is none`;
    out.fault(
      row,
      `logs in as ${quoted(username)}, but its endpoint ${own}: by what name it is registered is not said`,
    );
    return;
  }
  if (!aors.has(user)) {
    out.fault(row, `the aor ${quoted(user)} of its endpoint is not in ps_aors`);
    return;
  }
  const secrets = secretsOf(auth);
  if (typeof secrets === "string") out.fault(row, secrets);
  else out.add(row, user, "", auth.realm ?? "", secrets, username);
}

/** By auth_type; `digest` and password_digest are of Asterisk 20.12, 21.7, 22.2 and later. A text: what is wrong. */
function secretsOf(auth: ForeignRow): Secrets | string {
  const { password = "", md5_cred: md5 = "", password_digest: digests = "" } = auth;
  const type = (auth.auth_type ?? "").toLowerCase();
  switch (type) {
    case "md5":
      return { ...NO_SECRETS, md5 };
    case "":
    case "userpass":
    case "digest":
      return readDigests(digests, { ...NO_SECRETS, password, md5: type === "digest" && password === "" ? md5 : "" });
    default:
      return `auth_type ${quoted(type)} is none of userpass, md5, digest`;
  }
}

/** "MD5:…" and its kind, several behind each other. */
function readDigests(text: string, secrets: Secrets): Secrets | string {
  let read = secrets;
  for (const part of listOf(text)) {
    const [name, hash = ""] = part.split(":");
    if (/^MD5$/i.test(name)) read = { ...read, md5: hash };
    else if (/^SHA-256$/i.test(name)) read = { ...read, sha256: hash };
    else if (/^SHA-512-256$/i.test(name)) read = { ...read, sha512_256: hash };
    else return "password_digest: found another beginning than MD5:, SHA-256: or SHA-512-256:";
  }
  return read;
}

function listOf(text: string): string[] {
  if (!text.includes(",")) return text === "" ? [] : [text];
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 70));
}
