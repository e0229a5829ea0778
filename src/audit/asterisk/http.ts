import { settingOf } from "../../asterisk/index.ts";
import { hasAddresses, http, NEAR } from "./bound.ts";
import { changed, set } from "./edit.ts";
import type { Row, Told } from "./row.ts";
import { isOn, lastOf, parts, valueIn } from "./value.ts";

export const HTTP: readonly Row[] = [
  {
    rule: {
      id: "http-open",
      severity: "medium",
      title: "Asterisk's HTTP server listens beyond this machine",
      why: "ARI, AMI over HTTP and WebSockets stand behind it: who guesses a password there controls calls.",
      fix: `${NEAR} WebRTC phones need WebSockets alone: let a proxy in front hand those on.`,
      see: ["http-exposed", "[[sip.listen]] wss"],
    },
    check: (site) => {
      const found = http(site);
      if (!found?.open) return [];
      const { general, bind } = found;
      const says = bind ? `HTTP listens at ${bind.value}` : "HTTP listens at every address: no bindaddr";
      return [
        {
          at: bind ?? general,
          says,
          key: "http.conf/general/bindaddr",
          edits: set(site, general, bind, "bindaddr", "127.0.0.1"),
        },
      ];
    },
  },
  {
    rule: {
      id: "http-no-tls",
      severity: "medium",
      title: "HTTP is spoken without TLS",
      why: "ARI's passwords go over the network as they are, and so do the registrations of WebRTC phones.",
      fix: "Set tlsenable=yes with tlscertfile, and keep the plain port at 127.0.0.1.",
      see: ["http-exposed"],
    },
    check: (site) => {
      const found = http(site);
      if (!found?.open || isOn(valueIn(found.general, "tlsenable"), false)) return [];
      return [
        {
          at: found.general,
          says: "HTTP listens beyond this machine and has no TLS",
          key: "http.conf/general/tlsenable",
        },
      ];
    },
  },
  {
    rule: {
      id: "http-tells",
      severity: "low",
      title: "HTTP tells strangers about this Asterisk",
      why: "The status page and static files show version, paths and what is loaded: an attacker knows which weakness to try.",
      fix: "Set enable_status=no and enable_static=no.",
      see: ["banner"],
    },
    check: (site) =>
      ["enable_status", "enable_static", "enablestatic"].flatMap((key): Told[] => {
        const setting = lastOf(http(site)?.general, key);
        if (setting === undefined || !isOn(setting.value, false)) return [];
        return [
          {
            at: setting,
            says: `${key}=${setting.value}`,
            key: `http.conf/general/${key}`,
            edits: changed(site, setting, "no"),
          },
        ];
      }),
  },
  {
    rule: {
      id: "ari-user-writes",
      severity: "medium",
      title: "An ARI user may do everything, from anywhere",
      why: "ARI originates calls and may set any variable of a call. With HTTP open to strangers, one password stands between them and your trunks.",
      fix: "Set read_only=yes where it is enough; deny and permit for the program's address where your version knows them in ari.conf; HTTP at 127.0.0.1.",
      see: ["http-exposed"],
    },
    check: (site) => {
      if (!http(site)?.open || !isOn(valueIn(site.section("ari.conf", "general"), "enabled"), true)) return [];
      return site
        .conf("ari.conf")
        .sections.filter((s) => !s.template && settingOf(s, "password") !== undefined)
        .filter((s) => !isOn(settingOf(s, "read_only"), false) && !hasAddresses(s))
        .map((s) => ({
          at: s,
          says: `ARI user ${s.name} may write, from anywhere`,
          key: `ari.conf/${s.name}/read_only`,
        }));
    },
  },
  {
    rule: {
      id: "ari-any-origin",
      severity: "medium",
      title: "Every web page may use ARI",
      why: "With allowed_origins=* a page that an administrator happens to open speaks with ARI in his browser's name.",
      fix: "Name the pages that need it in allowed_origins, or leave it out.",
      see: [],
    },
    check: (site) => {
      const setting = lastOf(site.section("ari.conf", "general"), "allowed_origins");
      if (setting === undefined || !parts(setting.value).includes("*")) return [];
      return [{ at: setting, says: "allowed_origins=*", key: "ari.conf/general/allowed_origins" }];
    },
  },
];
