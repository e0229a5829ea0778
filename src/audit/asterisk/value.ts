import { type Section, type Setting, settingOf } from "../../asterisk/index.ts";

/** What Asterisk takes for yes and for no (ast_true and ast_false in main/utils.c); anything else is the default. */
export function isOn(value: string | undefined, standard: boolean): boolean {
  const said = value?.trim().toLowerCase() ?? "";
  if (["yes", "true", "y", "t", "1", "on"].includes(said)) return true;
  return ["no", "false", "n", "f", "0", "off"].includes(said) ? false : standard;
}

export function lastOf(section: Section | undefined, ...keys: readonly string[]): Setting | undefined {
  return section?.settings.findLast((s) => keys.includes(s.key));
}

export function valueIn(section: Section | undefined, key: string): string | undefined {
  return section === undefined ? undefined : settingOf(section, key);
}

/** The parts of "a,b & c". */
export function parts(value: string | undefined): string[] {
  return (value ?? "")
    .split(/[,&]/, 1_000)
    .map((p) => p.trim().toLowerCase())
    .filter((p) => p !== "");
}

/** The address that stands before a port: "0.0.0.0" of "0.0.0.0:8088", "::" of "[::]:8088". */
function hostOf(value: string): string {
  const bracket = /^\[([^\]]*)\]/.exec(value);
  if (bracket) return bracket[1];
  return value.split(":").length === 2 ? value.split(":")[0] : value;
}

/** Whether only this machine reaches what is bound to it. */
export function isLoopback(value: string): boolean {
  const host = hostOf(value.trim()).toLowerCase();
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Whether everybody who reaches this machine reaches what is bound to it. */
export function isWildcard(value: string): boolean {
  return ["", "0.0.0.0", "::", "*"].includes(hostOf(value.trim()));
}

/** Hides what may be a password in dial strings (`IAX2/user:secret@host/number`): too much rather than too little. */
export function masked(text: string): string {
  return text.split("&").map(maskedOne).join("&");
}

/** From the first colon behind a slash, those within `${...}` apart, to the last "@". */
function maskedOne(text: string): string {
  const at = text.lastIndexOf("@");
  let [depth, behind] = [0, false];
  for (let i = 0; i < at; i++) {
    const c = text[i];
    if (c === "{" && (text[i - 1] === "$" || depth > 0)) depth++;
    else if (c === "}" && depth > 0) depth--;
    else if (c === "/") behind = true;
    else if (c === ":" && depth === 0 && behind) return `${text.slice(0, i + 1)}***${text.slice(at)}`;
  }
  return text;
}
