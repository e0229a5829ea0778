import { type Trouble, trouble } from "../base/index.ts";
import type { ManagerAccess } from "./follow.ts";

const AGAIN = "Its log is read all the same; it is tried again by itself.";

function at({ host, port }: ManagerAccess): string {
  return `Asterisk's manager interface at ${host.includes(":") ? `[${host}]` : host}:${port}`;
}

export function unreachableTrouble(access: ManagerAccess, why: string): Trouble {
  const next = "See whether Asterisk runs and listens there: asterisk -rx 'manager show settings'";
  return trouble("FOLLOW_AMI_UNREACHABLE", `${at(access)} cannot be reached: ${why}`, AGAIN, next);
}

export function strangeTrouble(access: ManagerAccess, why: string): Trouble {
  const next = "Look at permit, deny and acl of manager.conf, and at the port: asterisk -rx 'manager show settings'";
  return trouble("FOLLOW_AMI_STRANGE", `${at(access)} gives no login: ${why}`, AGAIN, next);
}

export function closedTrouble(access: ManagerAccess): Trouble {
  const next = "Nothing, if Asterisk was restarted: asterisk -rx 'core show uptime'";
  return trouble("FOLLOW_AMI_CLOSED", `${at(access)} has closed the connection`, AGAIN, next);
}

/** `said`: the server's own words. */
export function refusedTrouble(access: ManagerAccess, said: string): Trouble {
  const words = said === "" ? "" : `: ${said.slice(0, 200).replaceAll(/[^ -~]/g, "?")}`;
  const what = `${at(access)} refuses the login of ${access.user}${words}`;
  const next = `Compare user and secret, permit and acl with manager.conf: asterisk -rx 'manager show user ${access.user}'`;
  return trouble("FOLLOW_AMI_REFUSED", what, "Its log is read all the same; it is tried again in five minutes.", next);
}

export function plainTrouble(access: ManagerAccess): Trouble {
  const what = `${at(access)} offers no challenge, and a password would cross the network readable`;
  return trouble(
    "FOLLOW_AMI_PLAIN",
    what,
    AGAIN,
    "Use TLS (tlsenable in manager.conf), or watch from the same machine.",
  );
}
