import { type Trouble, trouble } from "../../base/index.ts";
import type { WatchConfig } from "../../config/index.ts";
import { readTemplate, type Template } from "../../watch/index.ts";

/** The operator's own lines, ready to be recognised. WATCH_LINE: the address in one could be the caller's word. */
export function templatesOf(lines: WatchConfig["lines"]): readonly Template[] | Trouble {
  const templates: Template[] = [];
  for (const { kind, text } of lines) {
    const template = readTemplate(kind, text);
    if ("why" in template) {
      const next = "Write it so in kamailio.cfg and in [[watch.line]], for instance: AUTHFAIL ip=$si user=$fU";
      return trouble("WATCH_LINE", template.why, "Nothing was started.", next);
    }
    templates.push(template);
  }
  return templates;
}
