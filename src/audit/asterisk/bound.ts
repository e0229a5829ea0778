import { type Section, type Setting, settingOf } from "../../asterisk/index.ts";
import type { Site } from "./site.ts";
import { isLoopback, isOn, lastOf, valueIn } from "./value.ts";
import { isBefore } from "./version.ts";

function isOnAt(section: Section | undefined): boolean {
  return isOn(valueIn(section, "enabled"), false);
}

/** The manager interface, where it is on: its section, and where it listens. */
export function manager(
  site: Site,
): { readonly general: Section; readonly bind: Setting | undefined; readonly open: boolean } | undefined {
  const general = site.section("manager.conf", "general");
  if (general === undefined || !isOnAt(general)) return undefined;
  const bind = lastOf(general, "bindaddr");
  // Nothing said is taken for every address; manager.conf.sample names 0.0.0.0.
  return { general, bind, open: bind === undefined || !isLoopback(bind.value) };
}

/** Whether a user of AMI or ARI may log in from its own addresses alone. */
export function hasAddresses(section: Section): boolean {
  return settingOf(section, "deny") !== undefined || settingOf(section, "acl") !== undefined;
}

/** Whether what strangers send reaches HTTP, and so AMI over HTTP and ARI. */
export function http(
  site: Site,
): { readonly general: Section; readonly bind: Setting | undefined; readonly open: boolean } | undefined {
  const general = site.section("http.conf", "general");
  if (general === undefined || !isOnAt(general)) return undefined;
  const bind = lastOf(general, "bindaddr");
  // UPGRADE-10.txt: without bindaddr the server does not run; before, it took every address.
  const standard = site.version !== undefined && isBefore(site.version, [10]);
  return { general, bind, open: bind === undefined ? standard : !isLoopback(bind.value) };
}

/** What to do about most of what listens too widely. */
export const NEAR = "Set bindaddr=127.0.0.1, and reach it from elsewhere through SSH or a VPN.";
