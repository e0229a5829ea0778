import type { Core } from "../core.ts";
import { bindingNamed } from "../registering.ts";
import type { Request, Word } from "../request.ts";

/** What a phone system sends to a contact, or by a Path, that it has from us goes to the phone that stands for. */
export function contact(r: Request, core: Core): Word {
  if (!r.inside || core.config.register !== "relay") return "next";
  const byRoute = r.route === undefined ? undefined : bindingNamed(r.route, core);
  const b = byRoute ?? bindingNamed(r.target, core);
  if (b === undefined) return "next";
  const uri = byRoute === undefined ? b.contact : r.target.text;
  r.targets = [{ uri, routes: b.path, flow: b.flow, hop: b.received, q: 1000, server: "" }];
  return "relay";
}
