import { isTrouble, type Trouble } from "../../base/index.ts";
import type { Context } from "../perform.ts";

/** The address-of-record a person means: without a domain that of the first own one. */
export async function aorArgument(context: Context, user: string): Promise<string | Trouble> {
  const sign = user.lastIndexOf("@");
  if (sign >= 0) return `${user.slice(0, sign)}@${user.slice(sign + 1).toLowerCase()}`;
  const config = await context.config();
  return isTrouble(config) ? config : `${user}@${config.sip.domains[0]}`;
}
