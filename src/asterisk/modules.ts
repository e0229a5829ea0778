import { type Conf, settingOf, settingsOf } from "./conf.ts";

/** Whether modules.conf lets a module be loaded; one that is loaded by default is, unless it is told not to. */
export function loads(modules: Conf, name: string): boolean {
  const section = modules.sections.find((s) => s.name.toLowerCase() === "modules");
  if (section === undefined) return true;
  const lists = (key: string): boolean => settingsOf(section, key).some((v) => v === name || v === `${name}.so`);
  if (lists("noload")) return false;
  return !/^(?:no|false|0|off)$/i.test(settingOf(section, "autoload") ?? "yes") || lists("load") || lists("require");
}
