import type { Row, Told } from "./row.ts";
import type { Site } from "./site.ts";

/** Names of files that hold passwords or keys. */
const HOLDS_SECRETS =
  /(?:^|\/)(?:sip|pjsip|pjsip_wizard|iax|users|manager|ari|voicemail|extensions|extconfig|res_odbc|res_config_mysql|res_pgsql|res_ldap|cdr_mysql|cdr_pgsql|xmpp|sip_\w+|pjsip\.\w+|iax_\w+|manager_\w+|voicemail\w*)\.conf$|\.(?:pem|key)$/i;

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

function files(site: Site, told: (path: string, mode: number) => Told | undefined): readonly Told[] {
  return [...site.input.files].flatMap(([path, file]) => {
    const one = file.mode === undefined ? undefined : told(path, file.mode);
    return one === undefined ? [] : [one];
  });
}

export const FILES: readonly Row[] = [
  {
    rule: {
      id: "file-writable",
      severity: "critical",
      title: "Everybody on this machine may change the configuration",
      why: "Any program there, a web site for one, writes a dialplan that calls outside or runs commands as Asterisk.",
      fix: "chmod 640 FILE, and chown root:asterisk FILE.",
      see: [],
    },
    check: (site) =>
      files(site, (path, mode) =>
        (mode & 0o002) === 0
          ? undefined
          : {
              at: { file: path, line: 0 },
              says: `${path} has mode ${octal(mode)}: everybody may write`,
              key: `${path}/mode-write`,
            },
      ),
  },
  {
    rule: {
      id: "file-readable",
      severity: "medium",
      title: "Everybody on this machine may read passwords",
      why: "Any program there reads the passwords of phones and carriers, or a private key.",
      fix: "chmod 640 FILE, and chown root:asterisk FILE.",
      see: [],
    },
    check: (site) =>
      files(site, (path, mode) =>
        (mode & 0o006) !== 0o004 || !HOLDS_SECRETS.test(path)
          ? undefined
          : {
              at: { file: path, line: 0 },
              says: `${path} has mode ${octal(mode)}: everybody may read`,
              key: `${path}/mode-read`,
            },
      ),
  },
  {
    rule: {
      id: "file-owner",
      severity: "low",
      title: "A file belongs to somebody else than the others",
      why: "Its owner may change it: a user of this machine then decides about calls, or a restored backup left it behind.",
      fix: "chown root:asterisk FILE.",
      see: [],
    },
    check: (site) => {
      const counts = new Map<number, number>();
      for (const { uid } of site.input.files.values())
        if (uid !== undefined) counts.set(uid, (counts.get(uid) ?? 0) + 1);
      const [usual] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
      return [...site.input.files].flatMap(([path, { uid }]): Told[] =>
        uid === undefined || uid === usual || uid === 0
          ? []
          : [
              {
                at: { file: path, line: 0 },
                says: `${path} belongs to user ${uid}, the others mostly to ${usual}`,
                key: `${path}/owner`,
              },
            ],
      );
    },
  },
];
