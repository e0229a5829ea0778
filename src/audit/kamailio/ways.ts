import { type Row, type Site, type Told, undefinedName } from "./row.ts";
import { type Route, settingOf } from "./script.ts";
import { type State, trailLines } from "./state.ts";
import { type Reached, walk } from "./walk.ts";

const STRANGER: State = {
  method: "INVITE",
  uri: "foreign",
  from: "foreign",
  hasToTag: false,
  hasRoute: false,
  isHttp: false,
  held: new Map(),
  rc: undefined,
  doubt: undefined,
  trail: undefined,
};

/** Which requests are followed for a rule, and what they must not come to. */
interface Attack {
  readonly requests: readonly State[];
  readonly isHit: (r: Reached) => boolean;
  /** "a stranger's INVITE for somebody else's domain is relayed": for findings and for what cannot be known. */
  readonly says: string;
  readonly key: string;
  /** `#!define WITH_…` of it closes it in the stock file. */
  readonly feature?: string;
}

function mainRoute(site: Site): Route | undefined {
  return site.script.routes.find((r) => /^0?$/.test(r.name) && (r.type === "request_route" || r.type === "route"));
}

/** Follows each request; the first way to each place is told. Where a way hangs on what only the running Kamailio knows, that is said instead. */
function attacked(site: Site, route: Route | undefined, attack: Attack): Told[] {
  if (route === undefined || settingOf(site.script, "cfgengine") !== undefined) return [];
  const hits: Reached[] = [];
  for (const request of attack.requests) {
    const { reached, missing } = walk(site.script, route, request);
    for (const sentence of missing) site.miss(sentence);
    hits.push(...reached.filter(attack.isHit));
  }
  const sure = hits.filter((h) => h.state.doubt === undefined);
  const doubtful = hits.find((h) => h.state.doubt !== undefined);
  if (sure.length === 0 && doubtful?.state.doubt !== undefined) {
    const { text, spot } = doubtful.state.doubt;
    site.miss(
      `Whether ${attack.says} (${doubtful.spot.file}:${doubtful.spot.line}) hangs on ${text} (${spot.file}:${spot.line}), which only the running Kamailio knows.`,
    );
  }
  const [first] = sure;
  if (first === undefined) return [];
  const name = (file: string): string => file;
  return [
    {
      at: first.spot,
      says: `Followed through the routes: ${attack.says}.${attack.feature === undefined ? "" : undefinedName(site, attack.feature)}`,
      key: `${first.spot.file}/${attack.key}`,
      proof: trailLines(first.state.trail, name),
    },
  ];
}

const METHODS = ["INVITE", "MESSAGE", "SUBSCRIBE"];
const FROMS = ["foreign", "own"] as const;

const follow =
  (make: (site: Site) => { readonly route: Route | undefined; readonly attack: Attack }) =>
  (site: Site): Told[] => {
    const { route, attack } = make(site);
    return attacked(site, route, attack);
  };

export const WAYS: readonly Row[] = [
  {
    rule: {
      id: "kamailio-register-open",
      severity: "critical",
      title: "Anybody can register, without a password",
      why: "Whoever registers another's number receives his calls, and places calls in his name.",
      fix: "Ask for a password before save(): in the stock file, #!define WITH_AUTH (and a database of subscribers); else auth_check() and auth_challenge() for REGISTER, with an exit behind the challenge.",
      see: ["open-registrar"],
    },
    check: follow((site) => ({
      route: mainRoute(site),
      attack: {
        requests: FROMS.map((from) => ({ ...STRANGER, method: "REGISTER", uri: "own", from })),
        isHit: (r) => r.what === "save",
        says: "a REGISTER without a password reaches save()",
        key: "register",
        feature: "AUTH",
      },
    })),
  },
  {
    rule: {
      id: "kamailio-open-relay",
      severity: "critical",
      title: "An open relay",
      why: "Requests for foreign domains are sent on for everybody: attackers call through this server, and reach whoever trusts its address, the carrier first.",
      fix: "Before t_relay(), refuse what is neither for a domain of one's own (uri==myself) nor from a user who gave his password.",
      see: ["open-relay"],
    },
    check: follow((site) => ({
      route: mainRoute(site),
      attack: {
        // A Route that names this server needs no call that it belongs to.
        requests: METHODS.flatMap((method) =>
          FROMS.flatMap((from) => [false, true].map((hasRoute) => ({ ...STRANGER, method, from, hasRoute }))),
        ),
        isHit: (r) => r.what === "relay" && r.state.uri === "foreign",
        says: "a stranger's request for somebody else's domain is relayed without a password",
        key: "relay",
      },
    })),
  },
  {
    rule: {
      id: "kamailio-in-dialog-relay",
      severity: "critical",
      title: "A made-up To tag opens the relay",
      why: "A request that claims to be within a call is sent on to wherever its Request-URI says, though no Route leads there: an attacker adds a tag to his INVITE and needs no password.",
      fix: "Within has_totag(), relay behind loose_route() alone; answer the rest with 404 (an ACK of a known transaction excepted).",
      see: ["open-relay"],
    },
    check: follow((site) => ({
      route: mainRoute(site),
      attack: {
        requests: FROMS.map((from) => ({ ...STRANGER, from, hasToTag: true })),
        isHit: (r) => r.what === "relay" && r.state.uri === "foreign",
        says: "an INVITE with a made-up To tag and no Route is relayed to a foreign domain",
        key: "in-dialog-relay",
      },
    })),
  },
  {
    rule: {
      id: "kamailio-in-dialog-unchecked",
      severity: "high",
      title: "Requests that claim to be within a call are relayed without a check",
      why: "An INVITE with a made-up To tag and a Route that names this server passes loose_route() and is relayed to any Request-URI, without a password: to foreign servers, and to carriers that trust this address.",
      fix: "Let only known dialogs pass: module dialog with dlg_manage() and is_known_dlg() behind loose_route(), or topos; or ask for a password for INVITE within dialogs, too. Rempart in front checks that itself.",
      see: ["open-relay"],
    },
    check: follow((site) => ({
      route: mainRoute(site),
      attack: {
        requests: FROMS.map((from) => ({ ...STRANGER, from, hasToTag: true, hasRoute: true })),
        isHit: (r) => r.what === "relay" && r.state.uri === "foreign",
        says: "an INVITE with a made-up To tag and a Route to this server is relayed to a foreign domain without a password",
        key: "in-dialog",
      },
    })),
  },
  {
    rule: {
      id: "kamailio-own-name-unchecked",
      severity: "high",
      title: "Anybody can call in the name of one of our users",
      why: "The From names a user of ours and no password is asked for: the called one sees a colleague.",
      fix: "Ask for a password when from_uri==myself (in the stock file, #!define WITH_AUTH).",
      see: ["unauthenticated-methods"],
    },
    check: follow((site) => ({
      route: mainRoute(site),
      attack: {
        requests: [{ ...STRANGER, uri: "own", from: "own" }],
        isHit: (r) => r.what === "relay" && r.state.uri === "user",
        says: "an INVITE whose From names our own domain reaches our users without a password",
        key: "own-name",
        feature: "AUTH",
      },
    })),
  },
  {
    rule: {
      id: "kamailio-gateway-open",
      severity: "high",
      title: "Calls of strangers are sent to a destination of the script",
      why: "Gateways and PBXs take what comes from this address. Unless the one behind asks for a password itself, strangers call at your cost.",
      fix: "Ask for a password, or for a known address (allow_source_address(), ds_is_from_list()), before the destination is set.",
      see: ["open-relay", "guest-calls", "prefix-calls"],
    },
    check: follow((site) => ({
      route: mainRoute(site),
      attack: {
        requests: FROMS.map((from) => ({ ...STRANGER, uri: "own" as const, from })),
        isHit: (r) => r.what === "relay" && r.state.uri === "script",
        says: "a stranger's INVITE is sent to a destination that the script sets, without a password",
        key: "gateway",
      },
    })),
  },
  {
    rule: {
      id: "kamailio-http-control",
      severity: "critical",
      title: "Kamailio can be controlled over HTTP by everybody",
      why: "The RPC interface drops registrations, changes routes and shows the memory of the server, and asks for no password.",
      fix: "In event_route[xhttp:request], refuse every address but 127.0.0.1 before jsonrpc_dispatch().",
      see: ["http-exposed"],
    },
    check: follow((site) => ({
      // HTTP needs TCP.
      route: /^(?:yes|1|on|true)$/i.test(settingOf(site.script, "disable_tcp")?.value ?? "")
        ? undefined
        : site.script.routes.find((r) => r.type === "event_route" && r.name === "xhttp:request"),
      attack: {
        requests: [{ ...STRANGER, method: "POST", isHttp: true }],
        isHit: (r) => r.what === "control",
        says: "a stranger's HTTP request reaches the RPC interface",
        key: "http-control",
      },
    })),
  },
];
