import { field, list } from "./print.ts";

/** What an account may, in lines; `data` has classes, acl and pin. */
export function rightsText(data: unknown): [string, string][] {
  const classes = field(data, "classes");
  const names = list(classes).join(", ") || "none (emergency numbers go all the same)";
  const acl = list(data, "acl").map((rule) => aclText(String(rule)));
  return [
    ["may call", Array.isArray(classes) ? names : "what [dial] allows to everybody"],
    ["used from", acl.length === 0 ? "anywhere" : acl.join("\n")],
    ["abroad", field(data, "pin") === true ? "by *PIN*number alone" : "by class"],
  ];
}

/** One cell: what is of its own, and nothing where nothing is. */
export function rightsCell(rights: unknown): string {
  if (typeof rights !== "object" || rights === null) return "";
  const classes = field(rights, "classes");
  const parts = Array.isArray(classes) ? [classes.join(",") || "no class"] : [];
  if (list(rights, "acl").length > 0) parts.push("permit/deny");
  if (field(rights, "pin") === true) parts.push("PIN");
  return parts.join("; ");
}

function aclText(rule: string): string {
  return `${rule.startsWith("+") ? "permit" : "deny"} ${rule.slice(1)}`;
}
