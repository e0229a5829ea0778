import type { Config } from "../../config/index.ts";
import { type Finding, note, ok } from "./finding.ts";

/**
 * What the algorithms on offer ask of the phones. The strongest stands first (RFC 8760 2.4), and there are phones that look no
 * further: nothing is wrong here, but whoever has one of them finds the reason.
 */
export function digest(config: Config): Finding {
  const { algorithms } = config.auth;
  const [first] = algorithms;
  if (algorithms.length > 1) {
    const what =
      `${algorithms.join(", ")} are offered, in this order; some older phones (measured: SIPp 3.6.1, baresip 1.0.0) ` +
      `give up at ${first} and cannot log in`;
    const run =
      'where such phones are: [auth] algorithms = ["MD5"] in rempart.toml, then start again; it costs: passwords are ' +
      "guessed several times as fast by who overhears a login (docs/accounts.md)";
    return note("digest", what, run);
  }
  return first === "MD5"
    ? ok(
        "digest",
        "MD5 alone: every phone can log in; passwords are guessed faster than with SHA-256 by who overhears a login",
      )
    : ok("digest", `${first} alone: phones that know only MD5 cannot log in`);
}
