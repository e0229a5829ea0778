import { settingOf } from "../../asterisk/index.ts";
import { endpointsOf, pjsipOf } from "./accounts-of.ts";
import { changed, set } from "./edit.ts";
import { listed, type Row, type Told } from "./row.ts";
import { isOn, lastOf, parts, valueIn } from "./value.ts";
import { isBefore } from "./version.ts";

export const SIP_GUESTS: readonly Row[] = [
  {
    rule: {
      id: "allow-guest",
      severity: "high",
      title: "chan_sip takes calls from anybody (allowguest)",
      why: "Anyone on the internet sends an INVITE without a password and is in the dialplan. With one mistake there, calls go out at your cost; without one, phones ring at night.",
      fix: "Set allowguest=no in [general] of sip.conf. Carriers get a peer of their own.",
      see: ["guest-calls", "[dial] allow_anonymous"],
    },
    // chan_sip, sip.conf.sample: allowguest is yes where nothing is said.
    check: (site) => {
      if (!site.runs("chan_sip", "sip.conf")) return [];
      const general = site.section("sip.conf", "general");
      const setting = lastOf(general, "allowguest");
      if (!isOn(setting?.value, true)) return [];
      const says = setting ? `allowguest=${setting.value}` : "allowguest is not set, and chan_sip takes that for yes";
      const at = setting ?? general ?? { file: "sip.conf", line: 0 };
      return [{ at, says, key: "sip.conf/general/allowguest", edits: set(site, general, setting, "allowguest", "no") }];
    },
  },
  {
    rule: {
      id: "anonymous-endpoint",
      severity: "high",
      title: "PJSIP takes calls from anybody (endpoint anonymous)",
      why: "Anyone on the internet sends an INVITE without a password and is in the dialplan, in the context of this endpoint.",
      fix: "Take the endpoint out, or take anonymous out of endpoint_identifier_order. Carriers get an identify of their own.",
      see: ["guest-calls", "[dial] allow_anonymous"],
    },
    // res_pjsip_endpoint_identifier_anonymous looks for anonymous@domain and then for anonymous.
    check: (site) => {
      const order = pjsipOf(site, "global").map((s) => settingOf(s, "endpoint_identifier_order"))[0];
      if (order !== undefined && !parts(order).includes("anonymous")) return [];
      return pjsipOf(site, "endpoint")
        .filter((s) => /^anonymous(?:@|$)/i.test(s.name) && settingOf(s, "auth") === undefined)
        .map((section) => {
          const says = `[${section.name}] takes calls of strangers into [${settingOf(section, "context") ?? "default"}]`;
          return { at: section, says, key: `pjsip.conf/${section.name}/anonymous` };
        });
    },
  },
  {
    rule: {
      id: "tells-who-exists",
      severity: "medium",
      title: "Answers tell which accounts exist (alwaysauthreject)",
      why: "A wrong name is answered otherwise than a wrong password, so that a scanner first finds the accounts, and then tries passwords where it pays.",
      fix: "Set alwaysauthreject=yes in [general] of sip.conf.",
      see: ["user-enumeration", "user-enumeration-timing", "[front] register"],
    },
    // CVE-2011-2666: not the default in 1.4 and 1.6.2; taken for yes from 1.8 on.
    check: (site) => {
      if (!site.runs("chan_sip", "sip.conf")) return [];
      const general = site.section("sip.conf", "general");
      const setting = lastOf(general, "alwaysauthreject");
      const standard = site.version === undefined || !isBefore(site.version, [1, 8]);
      if (isOn(setting?.value, standard)) return [];
      const says = setting
        ? `alwaysauthreject=${setting.value}`
        : "alwaysauthreject is not set, and this version takes that for no";
      const at = setting ?? general ?? { file: "sip.conf", line: 0 };
      const edits = set(site, general, setting, "alwaysauthreject", "yes");
      return [{ at, says, key: "sip.conf/general/alwaysauthreject", edits }];
    },
  },
  {
    rule: {
      id: "unauthenticated-options",
      severity: "low",
      title: "OPTIONS is answered without a password",
      why: "The answer tells an attacker that the account exists, and which extensions of its context do.",
      fix: "Take allow_unauthenticated_options out, or set it to no. Phones that use OPTIONS as a ping are content with 401.",
      see: ["unauthenticated-methods", "user-enumeration"],
    },
    // pjsip.conf.sample: OPTIONS is challenged by default.
    check: (site) =>
      endpointsOf(site).flatMap((section): Told[] => {
        const setting = lastOf(section, "allow_unauthenticated_options", "endpoint/allow_unauthenticated_options");
        if (setting === undefined || !isOn(setting.value, false)) return [];
        const key = `${setting.file}/${section.name}/allow_unauthenticated_options`;
        const says = `${section.name} answers OPTIONS of anybody`;
        return [{ at: setting, says, key, edits: changed(site, setting, "no") }];
      }),
  },
  {
    rule: {
      id: "scans-not-reported",
      severity: "low",
      title: "Scans do not show in the log (auth_username)",
      why: "Where endpoints are also looked for by the name in the credentials, a request that fits no endpoint is challenged first and reported only after several in one period: slow scans stay under that number.",
      fix: "Put auth_username last in endpoint_identifier_order or leave it out, and keep unidentified_request_count low.",
      see: ["[shield]"],
    },
    // pjsip.conf.sample: unidentified_request_count is 5 and counts only with auth_username; the order is ip,username,anonymous.
    check: (site) =>
      pjsipOf(site, "global").flatMap((section): Told[] => {
        const setting = lastOf(section, "endpoint_identifier_order");
        const order = parts(setting?.value);
        const at = order.indexOf("auth_username");
        if (setting === undefined || at < 0 || at === order.length - 1) return [];
        const says = `endpoint_identifier_order is ${order.join(",")}: auth_username stands before ${order[at + 1]}`;
        const better = [...order.filter((o) => o !== "auth_username"), "auth_username"].join(",");
        return [
          {
            at: setting,
            says,
            key: `${setting.file}/global/endpoint_identifier_order`,
            edits: changed(site, setting, better),
          },
        ];
      }),
  },
  {
    rule: {
      id: "insecure-invite",
      severity: "high",
      title: "A peer calls without a password (insecure)",
      why: "insecure=invite lets in whoever sends from the peer's address, or under its name where it has no address of its own; over UDP an address is easily forged.",
      fix: "Take invite out of insecure for phones. For a carrier keep it only with a fixed host, deny and permit, and a context that does not call outside.",
      see: ["guest-calls", "[[trunk]]"],
    },
    check: (site) =>
      site.accounts.flatMap((account): Told[] => {
        const setting = lastOf(account.section, "insecure");
        const words = parts(setting?.value);
        if (setting === undefined || account.driver !== "chan_sip") return [];
        if (!words.some((w) => w === "invite" || w === "very")) return [];
        const limited = ["permit", "deny", "acl"].some((k) => valueIn(account.section, k) !== undefined);
        if (account.trunk && limited) return [];
        const says = `${account.name} (${account.trunk ? "fixed address, no deny and permit" : "a phone"}) calls without a password: insecure=${setting.value}`;
        const edits = account.trunk ? [] : changed(site, setting, words.includes("port") ? "port" : "no");
        const severity = account.trunk ? "low" : "high";
        return [{ at: setting, severity, says, key: `${setting.file}/${account.name}/insecure`, edits }];
      }),
  },
  {
    rule: {
      id: "insecure-port",
      severity: "low",
      title: "A peer is known by its address alone (insecure=port)",
      why: "Every program behind the same address is taken for this peer, whatever port it sends from.",
      fix: "Take port out of insecure where the peer sends from one port.",
      see: [],
    },
    check: (site) =>
      site.accounts.flatMap((account): Told[] => {
        const setting = lastOf(account.section, "insecure");
        if (setting === undefined || account.driver !== "chan_sip" || account.trunk) return [];
        if (!parts(setting.value).includes("port")) return [];
        const says = `${account.name} is known by its address alone: insecure=${setting.value}`;
        return [{ at: setting, says, key: `${setting.file}/${account.name}/insecure-port` }];
      }),
  },
  {
    rule: {
      id: "answers-with-secret",
      severity: "medium",
      title: "Asterisk answers with a phone's password whoever asks for one (no remotesecret)",
      why: "When Asterisk hangs up, the other side may ask for credentials, and chan_sip makes them from the phone's own secret: whoever speaks in the phone's place, or listens, tries passwords on the answer offline.",
      fix: "Give every phone a remotesecret that is not its secret, or put the phones behind something that asks for passwords itself.",
      see: ["digest-leak", '[front] register = "edge"'],
    },
    // sip.conf.sample: remotesecret is for calls out, and secret is taken where it is not set.
    check: (site) => {
      const phones = site.accounts.filter(
        (a) => a.driver === "chan_sip" && !a.trunk && (a.secret ?? a.other) !== undefined,
      );
      const open = phones.filter((a) => valueIn(a.section, "remotesecret") === undefined);
      if (open.length === 0) return [];
      const says = `${open.length} chan_sip account${open.length === 1 ? " has" : "s have"} no remotesecret: ${listed(open.map((a) => a.name))}`;
      return [{ at: open[0].section, says, key: "sip.conf/remotesecret" }];
    },
  },
  {
    rule: {
      id: "iax-guest",
      severity: "medium",
      title: "IAX2 takes calls from anybody",
      why: "A user without a secret is who calls without a name: strangers are in the dialplan.",
      fix: "Take [guest] out of iax.conf, or give it a secret. Without IAX2 peers: noload => chan_iax2.so.",
      see: [],
    },
    check: (site) =>
      site.accounts
        .filter((a) => a.driver === "IAX2" && a.secret === undefined && a.other === undefined && !a.trunk)
        .filter((a) => valueIn(a.section, "type")?.toLowerCase() !== "peer")
        .map((a) => {
          const says = `[${a.name}] takes calls without a secret into [${a.context}]`;
          return { at: a.section, says, key: `iax.conf/${a.name}/guest` };
        }),
  },
  {
    rule: {
      id: "iax-no-calltoken",
      severity: "medium",
      title: "IAX2 answers forged addresses (no call tokens)",
      why: "Without call tokens, anybody uses up all call numbers with forged addresses, and no one else calls any more (AST-2009-006).",
      fix: "Take requirecalltoken=no and wide calltokenoptional lines out.",
      see: [],
    },
    check: (site) => {
      if (!site.runs("chan_iax2", "iax.conf")) return [];
      const sections = site.conf("iax.conf").sections.filter((s) => !s.template);
      return sections.flatMap((section): Told[] => {
        const off = lastOf(section, "requirecalltoken");
        const wide = section.settings.find(
          (s) => s.key === "calltokenoptional" && /^0\.0\.0\.0(?:\/0|$)/.test(s.value),
        );
        const setting = off !== undefined && !isOn(off.value, true) ? off : wide;
        if (setting === undefined) return [];
        const edits = setting === off ? changed(site, setting, "yes") : [];
        return [
          {
            at: setting,
            says: `[${section.name}]: ${setting.key}=${setting.value}`,
            key: `iax.conf/${section.name}/calltoken`,
            edits,
          },
        ];
      });
    },
  },
];
