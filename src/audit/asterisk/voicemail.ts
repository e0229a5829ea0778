import { type Setting, splitArguments } from "../../asterisk/index.ts";
import { COMMON, isRun } from "./common.ts";
import { added, changed } from "./edit.ts";
import type { Row, Told } from "./row.ts";
import type { Site } from "./site.ts";
import { lastOf } from "./value.ts";

const SHORTEST_PIN = 6;
/** Sections of voicemail.conf that hold no mailboxes. */
const NO_BOXES = ["general", "zonemessages", "default-zonemessages"];

interface Box {
  readonly setting: Setting;
  readonly name: string;
  readonly pin: string;
}

/** `1234 => pin,name,mail`. A PIN with "-" in front is one that its owner may not change. */
function boxesOf(site: Site): readonly Box[] {
  if (!site.runs("app_voicemail", "voicemail.conf")) return [];
  const boxes: Box[] = [];
  for (const section of site.conf("voicemail.conf").sections) {
    if (section.template || NO_BOXES.includes(section.name.toLowerCase())) continue;
    for (const setting of section.settings) {
      // `1234@devices => 1234@default` is another name for a mailbox.
      if (!/^\d{1,32}$/.test(setting.key)) continue;
      const pin = splitArguments(setting.value)[0].replace(/^-/, "");
      boxes.push({ setting, name: `${setting.key}@${section.name}`, pin });
    }
  }
  for (const section of site.conf("users.conf").sections) {
    const isUser = !section.template && section.name.toLowerCase() !== "general";
    const setting = isUser ? lastOf(section, "vmsecret") : undefined;
    if (setting !== undefined) boxes.push({ setting, name: section.name, pin: setting.value });
  }
  return boxes;
}

function pinFault(box: Box): string | undefined {
  if (box.pin === "") return "no PIN";
  if (box.pin === box.name.split("@", 1)[0]) return "its own number as PIN";
  if (COMMON.has(box.pin.toLowerCase()) || isRun(box.pin)) return "a PIN that is tried first";
  return box.pin.length < SHORTEST_PIN ? `a PIN of ${box.pin.length} digits` : undefined;
}

export const VOICEMAIL: readonly Row[] = [
  {
    rule: {
      id: "voicemail-pin",
      severity: "medium",
      title: "A voicemail PIN is easily guessed",
      why: "Anybody who calls in tries PINs. In the mailbox there are messages, and often a way to change the greeting or to call on.",
      fix: "Set a random PIN of six digits or more, and minpassword=6 in [general] of voicemail.conf, so that people keep to it.",
      see: [],
    },
    check: (site) =>
      boxesOf(site).flatMap((box): Told[] => {
        const fault = pinFault(box);
        const severity = box.pin === "" ? "high" : "medium";
        return fault === undefined
          ? []
          : [
              {
                at: box.setting,
                severity,
                says: `mailbox ${box.name} has ${fault}`,
                key: `voicemail.conf/${box.name}/pin`,
              },
            ];
      }),
  },
  {
    rule: {
      id: "voicemail-short-pins-allowed",
      severity: "low",
      title: "People may choose short voicemail PINs",
      why: "Where nothing stops them, people take 1234.",
      fix: "Set minpassword=6 in [general] of voicemail.conf.",
      see: [],
    },
    // voicemail.conf.sample: minpassword is 0 by default.
    check: (site) => {
      if (boxesOf(site).length === 0) return [];
      const general = site.section("voicemail.conf", "general");
      const setting = lastOf(general, "minpassword");
      if (general === undefined || Number(setting?.value ?? 0) >= SHORTEST_PIN) return [];
      const says = setting ? `minpassword=${setting.value}` : "minpassword is not set: any PIN will do";
      const edits = setting ? changed(site, setting, "6") : added(general, "minpassword = 6");
      return [{ at: setting ?? general, says, key: "voicemail.conf/general/minpassword", edits }];
    },
  },
];
