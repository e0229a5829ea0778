import { PASSWORDS, PEERS } from "./functions.ts";
import { before, type Row, type Site, type Told, undefinedName, whole } from "./row.ts";
import { callsOf, type Expr, eachExpr, hasModule, paramOf, type Statement, showExpr } from "./script.ts";

const LIMITS = /^(?:pike_check_req|rl_check|rl_check_pipe|pl_check)$/;
const isMain = (site: Site): boolean =>
  site.script.routes.some((r) => r.type === "request_route" || r.type === "route");

/** Told when no route calls any of these. */
function without(site: Site, names: RegExp, says: string, key: string): Told[] {
  if (!isMain(site) || callsOf(site.script, (n) => names.test(n)).length > 0) return [];
  return [{ at: whole(site), says, key: `${site.main}/${key}` }];
}

/** Does this ask whose address it is, but for "our own"? */
function namesPeer(e: Expr): boolean {
  if (e.is === "call") return PEERS.has(e.name);
  if (e.is === "not") return namesPeer(e.a);
  if (e.is !== "two") return false;
  const isSource = [e.a, e.b].some(
    (x) => (x.is === "word" && x.text === "src_ip") || (x.is === "variable" && x.text === "$si"),
  );
  const isMyself = [e.a, e.b].some((x) => x.is === "word" && x.text === "myself");
  const isTable = [e.a, e.b].some(
    (x) => x.is === "variable" && /^\$sht\((?!.*(?:ban|block|deny|black|flood))/i.test(x.text),
  );
  return (isSource && !isMyself) || isTable || namesPeer(e.a) || namesPeer(e.b);
}

/** Calls of pike that no condition around or before them spares a peer from. */
function unspared(body: readonly Statement[], isSpared: boolean): Expr[] {
  const found: Expr[] = [];
  let spared = isSpared;
  for (const s of body) {
    const own: Statement[] = s.do === "if" || s.do === "while" || s.do === "switch" ? [] : [s];
    if (s.do === "if") {
      const asks = namesPeer(s.cond);
      if (!spared && !asks) eachCall(s.cond, found);
      found.push(...unspared(s.yes, spared || asks), ...unspared(s.no, spared || asks));
      const leaves = [...s.yes, ...s.no].some((x) => x.do === "end");
      if (asks && leaves) spared = true;
    } else if (s.do === "while") found.push(...unspared(s.body, spared));
    else if (s.do === "switch") for (const c of s.cases) found.push(...unspared(c.body, spared));
    if (!spared) for (const x of own) eachExpr([x], (e) => e.is === "call" && LIMITS.test(e.name) && found.push(e));
  }
  return found;
}

function eachCall(cond: Expr, found: Expr[]): void {
  const none: Statement = { do: "call", expr: cond, spot: cond.spot };
  eachExpr([none], (e) => e.is === "call" && /^pike_/.test(e.name) && found.push(e));
}

/** Does the script know carriers, gateways or other servers that send many calls? */
function hasPeers(site: Site): boolean {
  const { script } = site;
  const modules = ["dispatcher", "permissions", "lcr", "drouting", "carrierroute", "uac"];
  return modules.some((m) => hasModule(script, m)) || script.settings.some((s) => /^pstn\./.test(s.name));
}

export const GUARDS: readonly Row[] = [
  {
    rule: {
      id: "kamailio-no-flood-limit",
      severity: "medium",
      title: "Nothing limits how fast one address may send",
      why: "Passwords are tried and numbers swept as fast as the line allows, and one sender keeps every process busy.",
      fix: "In the stock file, #!define WITH_ANTIFLOOD; else pike_check_req() at the beginning of request_route, for all but known peers. Rempart watch or Rempart in front does it, too.",
      see: ["scanner-not-blocked"],
    },
    check: (site) => {
      const name = undefinedName(site, "ANTIFLOOD");
      const says = `No route calls pike_check_req(), rl_check() or pl_check().${name}`;
      const edits = name === "" ? [] : before({ file: site.main, line: 2 }, "#!define WITH_ANTIFLOOD");
      return without(site, LIMITS, says, "flood-limit").map((told) => ({ ...told, edits }));
    },
  },
  {
    rule: {
      id: "kamailio-flood-limit-for-peers",
      severity: "low",
      title: "The flood limit holds for carriers and gateways, too",
      why: "A carrier sends many calls from one address: pike takes that for a flood, and all of his calls fail. A limit that was switched off for that protects nobody.",
      fix: "Spare known addresses: if (!allow_source_address() && !pike_check_req()), or src_ip against the carrier's network.",
      see: [],
    },
    check: (site) =>
      hasPeers(site)
        ? site.script.routes
            .flatMap((r) => unspared(r.body, false))
            .slice(0, 1)
            .map((e) => ({
              at: e.spot,
              says: `${showExpr(e)} is asked for every address: no condition around it names a peer.`,
              key: `${e.spot.file}/pike-peers`,
            }))
        : [],
  },
  {
    rule: {
      id: "kamailio-no-sanity-check",
      severity: "low",
      title: "Messages are not checked for their form",
      why: "What is malformed goes on to phones and gateways, where readers differ in what they take it for.",
      fix: 'Load sanity.so and call sanity_check("17895", "7") at the beginning of request_route.',
      see: ["malformed-silence"],
    },
    check: (site) => without(site, /^sanity_check$/, "No route calls sanity_check().", "sanity"),
  },
  {
    rule: {
      id: "kamailio-no-max-forwards",
      severity: "medium",
      title: "Max-Forwards is not looked at",
      why: "A request that is sent to this server by itself goes round until the server is full (RFC 3261 16.3 asks for the check).",
      fix: 'Load maxfwd.so, and begin request_route with: if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }',
      see: [],
    },
    check: (site) =>
      callsOf(site.script, (n) => n === "t_relay" || n === "forward").length === 0
        ? []
        : without(site, /maxfwd/, "No route calls mf_process_maxfwd_header().", "max-forwards"),
  },
  {
    rule: {
      id: "kamailio-scanner-names",
      severity: "note",
      title: "Scanners that name themselves are answered",
      why: "The lazy half of all scanners says so in User-Agent. Whoever drops them in silence is scanned less; an attacker who means it changes the name, so this is no protection.",
      fix: 'if ($ua =~ "friendly|scanner|sipcli|sipvicious") exit;',
      see: ["scanner-not-blocked"],
    },
    check: (site) => {
      let isAsked = callsOf(site.script, (n) => n === "secf_check_ua").length > 0;
      for (const r of site.script.routes)
        eachExpr(r.body, (e) => {
          if (e.is === "variable" && (e.text.startsWith("$ua") || /^\$hdr\(User-Agent\)/i.test(e.text))) isAsked = true;
        });
      return isAsked || !isMain(site)
        ? []
        : [{ at: whole(site), says: "No route looks at User-Agent.", key: `${site.main}/scanner-names` }];
    },
  },
  {
    rule: {
      id: "kamailio-identity-unchecked",
      severity: "high",
      title: "A user with a password can speak for another",
      why: "The password is checked, and not that From and To name the one whose it is: a user registers the number of his boss, or calls in his name.",
      fix: 'Call auth_check() with the flag 1 (auth_check("$fd", "subscriber", "1")), or compare $au with $fU and, for REGISTER, with $tU.',
      see: ["unauthenticated-methods"],
    },
    check: identity,
  },
  {
    rule: {
      id: "kamailio-caller-words-in-command",
      severity: "critical",
      title: "Words of a caller are put into a command or a query",
      why: "The user part of an address may hold quotes, semicolons and backquotes: what is run then is the attacker's.",
      fix: "Commands: leave exec out. Queries: $(fU{sql.val.str}) with sqlops or {s.escape.common} instead of '$fU'.",
      see: [],
    },
    check: (site) =>
      callsOf(site.script, (n) => /^(?:exec_\w+|sql_query\w*|sql_xquery|sql_pvquery|avp_db_query)$/.test(n)).flatMap(
        (e): Told[] => {
          if (e.is !== "call") return [];
          const text = e.args.map(showExpr).join(" ");
          const hit = /\$(?:[frt][uUn]|ou|oU|ua|ci|ct|hdr\([^)]*\)|rb|tn|fn|au|cs)(?![\w{])/.exec(text);
          if (hit === null) return [];
          const kind = e.name.startsWith("exec") ? "a command" : "a query";
          return [
            {
              at: e.spot,
              says: `${e.name}() puts ${hit[0]} into ${kind} as it came.`,
              key: `${e.spot.file}/${e.name}/${hit[0]}`,
              ...(kind === "a query" ? { severity: "high" as const } : {}),
            },
          ];
        },
      ),
  },
];

/** auth_check() compares when its flags say so; the older functions never do. */
function identity(site: Site): Told[] {
  const calls = callsOf(site.script, (n) => PASSWORDS.has(n));
  let isCompared = callsOf(site.script, (n) => /^(?:db_)?check_(?:to|from|uri)$/.test(n)).length > 0;
  for (const r of site.script.routes)
    eachExpr(r.body, (e) => {
      if (e.is === "two" && [e.a, e.b].some((x) => x.is === "variable" && /^\$(?:au|aU|Au|adu|\(au|\(aU)/.test(x.text)))
        isCompared = true;
    });
  if (isCompared) return [];
  const bare = calls.find((e) => {
    const flags = e.args[2];
    if (e.name !== "auth_check") return true;
    return flags !== undefined && "text" in flags && /^\d+$/.test(flags.text) && (Number(flags.text) & 1) === 0;
  });
  if (bare === undefined || (paramOf(site.script, "auth_db", "use_domain") === undefined && calls.length === 0))
    return [];
  return [
    {
      at: bare.spot,
      says: `${showExpr(bare)}: nothing compares the user who gave a password with From or To.`,
      key: `${bare.spot.file}/identity`,
    },
  ];
}
