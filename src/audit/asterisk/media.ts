import { settingOf } from "../../asterisk/index.ts";
import { endpointsOf } from "./accounts-of.ts";
import { changed } from "./edit.ts";
import { listed, type Row, type Told } from "./row.ts";
import type { Site } from "./site.ts";
import { isOn, lastOf, parts } from "./value.ts";
import { isBefore } from "./version.ts";

/** AST-2017-005 and AST-2017-008: the first versions of each branch that do not take media from whoever sends last. */
const MENDED: readonly (readonly number[])[] = [
  [11, 25, 3],
  [13, 17, 2],
  [14, 6, 2],
];

/** The same of certified branches, whose numbers count for themselves. */
const MENDED_CERTIFIED: Readonly<Record<string, number>> = { "11.6": 18, "13.13": 6 };

/** Whether this version bleeds where symmetric RTP is on. */
function bleeds({ version, input }: Site): boolean {
  if (version === undefined || version[0] < 11) return false;
  const certified = /(\d{1,4}\.\d{1,4})-cert(\d{1,4})/.exec(input.version ?? "");
  const first = certified ? MENDED_CERTIFIED[certified[1]] : undefined;
  if (first !== undefined) return Number(certified?.[2]) < first;
  const mended = MENDED.find((m) => m[0] === version[0]);
  // 12 got no fix any more; 15 and later began with it.
  return mended === undefined ? version[0] < 15 : isBefore(version, mended);
}

/** Settings that let media follow the address it comes from. */
function symmetric(site: Site): readonly { readonly at: { file: string; line: number }; readonly says: string }[] {
  const found: { at: { file: string; line: number }; says: string }[] = [];
  for (const section of endpointsOf(site)) {
    const setting = lastOf(section, "rtp_symmetric", "endpoint/rtp_symmetric");
    if (setting !== undefined && isOn(setting.value, false))
      found.push({ at: setting, says: `${section.name}: rtp_symmetric` });
  }
  for (const section of site.runs("chan_sip", "sip.conf") ? site.conf("sip.conf").sections : []) {
    const setting = lastOf(section, "nat");
    if (setting !== undefined && parts(setting.value).some((w) => w === "yes" || w.endsWith("comedia"))) {
      found.push({ at: setting, says: `[${section.name}]: nat=${setting.value}` });
    }
  }
  return found;
}

export const MEDIA: readonly Row[] = [
  {
    rule: {
      id: "strict-rtp-off",
      severity: "high",
      title: "Media is taken from whoever sends it (strictrtp)",
      why: "RTPBleed: anyone who sends packets to the ports of a call gets that call's sound sent to him, or puts his own into it. No place on the way is needed.",
      fix: "Set strictrtp=yes in rtp.conf (yes and seqno both hold).",
      see: ["rtp-bleed"],
    },
    // DEFAULT_STRICT_RTP in res_rtp_asterisk.c: on since there is ICE in that file, which is 11; taken for off before.
    check: (site) => {
      const setting = lastOf(site.section("rtp.conf", "general"), "strictrtp");
      const standard = site.version === undefined || !isBefore(site.version, [11]);
      const isOff = setting === undefined ? !standard : setting.value !== "seqno" && !isOn(setting.value, standard);
      if (!isOff || (setting === undefined && !site.has("rtp.conf"))) return [];
      const bleeding = symmetric(site).slice(0, 5);
      const says = `${setting ? `strictrtp=${setting.value}` : "strictrtp is not set, and this version takes that for no"}${
        bleeding.length > 0 ? "; media follows who sends it: RTPBleed" : ""
      }`;
      return [
        {
          at: setting ?? { file: "rtp.conf", line: 0 },
          says,
          key: "rtp.conf/general/strictrtp",
          proof: bleeding.map((b) => `${b.at.file}:${b.at.line}: ${b.says}`),
          edits: setting ? changed(site, setting, "yes") : [],
        },
      ];
    },
  },
  {
    rule: {
      id: "rtp-bleed-version",
      severity: "high",
      title: "This version sends media to strangers (RTPBleed)",
      why: "AST-2017-005 and AST-2017-008: even with strictrtp, whoever sends enough packets to a call's port while symmetric RTP is on takes over its sound.",
      fix: "Update to 11.25.3, 13.17.2, 14.6.2 or later. Until then, turn rtp_symmetric (PJSIP) or nat=comedia (chan_sip) off where phones are in your own network.",
      see: ["rtp-bleed"],
    },
    check: (site) => {
      const found = bleeds(site) ? symmetric(site) : [];
      if (found.length === 0) return [];
      const says = `Asterisk ${site.input.version} with ${found[0].says}${found.length > 1 ? ` and ${found.length - 1} more` : ""}`;
      const proof = found.slice(0, 20).map((f) => `${f.at.file}:${f.at.line}: ${f.says}`);
      return [{ at: found[0].at, says, key: "rtp-bleed-version", proof }];
    },
  },
  {
    rule: {
      id: "media-in-the-clear",
      severity: "low",
      title: "Calls are not encrypted",
      why: "Whoever is on the way (a shared WLAN, a provider, a mirrored port) hears the calls and reads the digits that are typed in them.",
      fix: "PJSIP: media_encryption=sdes with transport TLS, or dtls for WebRTC. chan_sip: encryption=yes with transport=tls.",
      see: ["no-tls", "[[sip.listen]] tls"],
    },
    // pjsip.conf.sample: media_encryption is no by default; sip.conf.sample: encryption is no.
    check: (site) =>
      (["PJSIP", "chan_sip"] as const).flatMap((driver): Told[] => {
        const general = site.section("sip.conf", "general");
        const plain = site.accounts.filter((a) => {
          if (a.driver !== driver || a.trunk || a.bare) return false;
          if (driver === "chan_sip")
            return !isOn(settingOf(a.section, "encryption") ?? (general && settingOf(general, "encryption")), false);
          if (isOn(settingOf(a.section, "webrtc") ?? settingOf(a.section, "endpoint/webrtc"), false)) return false;
          const said =
            settingOf(a.section, "media_encryption") ?? settingOf(a.section, "endpoint/media_encryption") ?? "no";
          return !/^(?:sdes|dtls)$/i.test(said.trim());
        });
        if (plain.length === 0) return [];
        const names = listed(plain.map((a) => a.name));
        const says = `${plain.length} ${driver} account${plain.length === 1 ? "" : "s"} without encrypted media: ${names}`;
        return [{ at: plain[0].section, says, key: `${driver}/media-in-the-clear` }];
      }),
  },
];
