import "reflect-metadata";
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from "@peculiar/x509";
import { type Authority, newAuthority } from "./authority.ts";

/** An authority that speaks RFC 8555 on loopback and asks every name at 127.0.0.1. */
export interface AcmeServer {
  readonly directory: string;
  /** Signs what is issued, and the server's own certificate. */
  readonly authority: Authority;
  /** Where the questions of http-01 go. */
  challengePort: number;
  /** Days of life that a new certificate has left, of its past 30 and these. */
  days: number;
  /** Names that it refuses, whatever they answer. */
  readonly refused: Set<string>;
  /** What was done: "newAccount 201 mailto:…", "newOrder a,b", "asked URL", "issued a,b". */
  readonly events: string[];
  /** Called before a name is asked. */
  beforeAsking: () => Promise<void>;
}

interface Order {
  readonly names: readonly string[];
  readonly account: string;
  readonly authorizations: readonly Authorization[];
  status: "pending" | "ready" | "processing" | "valid" | "invalid";
  certificate: string;
}

interface Authorization {
  readonly name: string;
  readonly token: string;
  status: "pending" | "valid" | "invalid";
  error: object | undefined;
}

interface Account {
  readonly id: string;
  readonly jwk: JsonWebKey;
  readonly key: KeyObject;
}

/** A request whose signature was checked; `payload` is undefined for POST-as-GET. */
interface Signed {
  readonly jwk: JsonWebKey | undefined;
  readonly account: Account | undefined;
  readonly payload: Record<string, unknown> | undefined;
}

/** A problem document (RFC 8555 6.7). */
class Problem extends Error {
  readonly type: string;
  readonly status: number;
  constructor(status: number, type: string, detail: string) {
    super(detail);
    this.status = status;
    this.type = `urn:ietf:params:acme:error:${type}`;
  }
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** Starts it; closed at the end of the test. */
export async function startAcmeServer(t: TestContext): Promise<AcmeServer> {
  const authority = await newAuthority("ACME test CA");
  const own = await authority.issue(["localhost"]);
  const server = createServer({ cert: own.cert, key: own.key });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const base = `https://localhost:${(server.address() as AddressInfo).port}`;
  const acme: AcmeServer = {
    directory: `${base}/directory`,
    authority,
    challengePort: 0,
    days: 60,
    refused: new Set(),
    events: [],
    beforeAsking: async () => {},
  };
  const handle = handler(acme, base);
  server.on("request", (request, response) => void handle(request, response));
  return acme;
}

function handler(acme: AcmeServer, base: string) {
  const nonces = new Set<string>();
  const accounts = new Map<string, Account>();
  const orders: Order[] = [];
  const nonce = (): string => {
    const fresh = randomBytes(16).toString("base64url");
    nonces.add(fresh);
    return fresh;
  };
  const routes = routesOf(acme, base, accounts, orders);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader("Replay-Nonce", nonce());
    const path = request.url ?? "";
    try {
      if (path === "/directory" && request.method === "GET") {
        const [newNonce, newAccount, newOrder] = ["nonce", "account", "order"].map((p) => `${base}/new-${p}`);
        return send(response, 200, { newNonce, newAccount, newOrder });
      }
      if (path === "/new-nonce") return void response.writeHead(200).end();
      // RFC 8555 6.2, 6.3: all else is POST with a JWS, reading too.
      if (request.method !== "POST" || request.headers["content-type"] !== "application/jose+json")
        throw new Problem(405, "malformed", "POST a JWS");
      const signed = readSigned(await bodyOf(request), `${base}${path}`, nonces, accounts);
      const [, route, ...ids] = path.split("/");
      const act = routes[route];
      if (act === undefined) throw new Problem(404, "malformed", `nothing is at ${path}`);
      await act(response, signed, ids.map(Number));
    } catch (error) {
      const { status = 500, type = "about:blank", message } = error as Problem;
      send(response, status, { type, detail: message }, "application/problem+json");
    }
  };
}

type Route = (response: ServerResponse, signed: Signed, ids: readonly number[]) => void | Promise<void>;

function routesOf(acme: AcmeServer, base: string, accounts: Map<string, Account>, orders: Order[]) {
  const orderUrl = (o: Order): string => `${base}/order/${orders.indexOf(o)}`;
  const shownOrder = (o: Order) => ({
    status: o.status,
    identifiers: o.names.map((value) => ({ type: "dns", value })),
    authorizations: o.names.map((_, i) => `${base}/authorization/${orders.indexOf(o)}/${i}`),
    finalize: `${base}/finalize/${orders.indexOf(o)}`,
    ...(o.status === "valid" ? { certificate: `${base}/certificate/${orders.indexOf(o)}` } : {}),
  });
  const own = ({ account }: Signed, id: number): Order => {
    const order = orders[id];
    if (account === undefined || order?.account !== account.id)
      throw new Problem(403, "unauthorized", "not your order");
    return order;
  };
  const challenge = (o: Order, i: number) => ({
    type: "http-01",
    url: `${base}/challenge/${orders.indexOf(o)}/${i}`,
    token: o.authorizations[i].token,
    status: o.authorizations[i].status,
    ...(o.authorizations[i].error === undefined ? {} : { error: o.authorizations[i].error }),
  });
  const routes: Record<string, Route> = {
    "new-account": (response, { jwk, payload }) => newAccount(acme, base, accounts, response, jwk, payload),
    account: (response, { account }) => send(response, 200, { status: account === undefined ? "revoked" : "valid" }),
    "new-order": (response, { account, payload }) => {
      if (account === undefined) throw new Problem(401, "accountDoesNotExist", "no account");
      const names = ((payload?.identifiers ?? []) as { value: string }[]).map((i) => i.value);
      acme.events.push(`newOrder ${names.join(",")}`);
      const authorizations = names.map((name) => {
        return { name, token: randomBytes(24).toString("base64url"), status: "pending" as const, error: undefined };
      });
      const order: Order = { names, account: account.id, authorizations, status: "pending", certificate: "" };
      orders.push(order);
      response.setHeader("Location", orderUrl(order));
      send(response, 201, shownOrder(order));
    },
    order: (response, signed, [id]) => send(response, 200, shownOrder(own(signed, id))),
    authorization: (response, signed, [id, i]) => {
      const order = own(signed, id);
      const { name, status } = order.authorizations[i];
      const identifier = { type: "dns", value: name };
      send(response, 200, { status, identifier, challenges: [challenge(order, i)] });
    },
    challenge: (response, signed, [id, i]) => {
      const order = own(signed, id);
      if (signed.account !== undefined) void validate(acme, signed.account, order, order.authorizations[i]);
      send(response, 200, challenge(order, i));
    },
    finalize: async (response, signed, [id]) => {
      const order = own(signed, id);
      if (order.status !== "ready") throw new Problem(403, "orderNotReady", `the order is ${order.status}`);
      order.status = "processing";
      // As real authorities do: the answer comes before the certificate.
      send(response, 200, shownOrder(order));
      order.certificate = await issue(acme, order, String(signed.payload?.csr)).catch(() => "");
      order.status = order.certificate === "" ? "invalid" : "valid";
    },
    certificate: (response, signed, [id]) => {
      response.writeHead(200, { "Content-Type": "application/pem-certificate-chain" });
      response.end(own(signed, id).certificate);
    },
  };
  return routes;
}

/** RFC 8555 7.3, and 7.3.1: a key that is known is answered 200 with its account. */
function newAccount(
  acme: AcmeServer,
  base: string,
  accounts: Map<string, Account>,
  response: ServerResponse,
  jwk: JsonWebKey | undefined,
  payload: Signed["payload"],
): void {
  if (jwk === undefined) throw new Problem(400, "malformed", "no jwk");
  if (payload?.termsOfServiceAgreed !== true) throw new Problem(403, "userActionRequired", "agree to the terms");
  const id = `${base}/account/${thumbprint(jwk)}`;
  const status = accounts.has(id) ? 200 : 201;
  acme.events.push(`newAccount ${status} ${String(payload.contact ?? "")}`);
  accounts.set(id, { id, jwk, key: createPublicKey({ key: jwk, format: "jwk" }) });
  response.setHeader("Location", id);
  send(response, status, { status: "valid" });
}

/** RFC 8555 8.3: the name is asked on its port 80, which here is `challengePort` of 127.0.0.1. */
async function validate(acme: AcmeServer, account: Account, order: Order, each: Authorization): Promise<void> {
  await acme.beforeAsking();
  const url = `http://127.0.0.1:${acme.challengePort}/.well-known/acme-challenge/${each.token}`;
  const said = await fetchText(url, each.name);
  acme.events.push(`asked ${each.name}`);
  const good = said === `${each.token}.${thumbprint(account.jwk)}` && !acme.refused.has(each.name);
  const detail = acme.refused.has(each.name) ? `policy forbids issuing for ${each.name}` : `Fetching ${url}: ${said}`;
  each.status = good ? "valid" : "invalid";
  each.error = good ? undefined : { type: "urn:ietf:params:acme:error:unauthorized", detail, status: 403 };
  if (!good) order.status = "invalid";
  else if (order.authorizations.every((a) => a.status === "valid")) order.status = "ready";
}

function fetchText(url: string, host: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { headers: { Host: host }, agent: false, timeout: 2_000 }, (response) => {
      void bodyOf(response).then((text) => resolve(response.statusCode === 200 ? text : `HTTP ${response.statusCode}`));
    });
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function issue(acme: AcmeServer, order: Order, csr: string): Promise<string> {
  const der = Buffer.from(csr, "base64url");
  const asked = new Pkcs10CertificateRequest(new Uint8Array(der)).getExtension("2.5.29.17");
  const names =
    asked instanceof SubjectAlternativeNameExtension
      ? asked.names
          .toJSON()
          .map((n) => n.value)
          .sort()
      : [];
  if (names.join() !== [...order.names].sort().join())
    throw new Problem(400, "badCSR", `the request is for ${names.join()}`);
  acme.events.push(`issued ${order.names.join(",")}`);
  return `${await acme.authority.certify(der, order.names, acme.days)}\n${acme.authority.cert}\n`;
}

/** RFC 8555 6.2 to 6.5: signature, URL and nonce of a request. */
function readSigned(body: string, url: string, nonces: Set<string>, accounts: Map<string, Account>): Signed {
  const jws = JSON.parse(body) as Record<"protected" | "payload" | "signature", string>;
  if (!Object.values(jws).every((part) => BASE64URL.test(part))) throw new Problem(400, "malformed", "no base64url");
  const text = (part: string): string => Buffer.from(part, "base64url").toString("utf8");
  const header = JSON.parse(text(jws.protected)) as Record<string, string> & { jwk?: JsonWebKey };
  if (!nonces.delete(header.nonce)) throw new Problem(400, "badNonce", "the nonce is not known");
  if (header.url !== url) throw new Problem(401, "unauthorized", `signed for ${header.url}`);
  const account = header.kid === undefined ? undefined : accounts.get(header.kid);
  if (header.kid !== undefined && account === undefined)
    throw new Problem(400, "accountDoesNotExist", "no such account");
  const key = account?.key ?? createPublicKey({ key: header.jwk ?? {}, format: "jwk" });
  const signed = Buffer.from(`${jws.protected}.${jws.payload}`);
  const signature = Buffer.from(jws.signature, "base64url");
  if (header.alg !== "ES256" || !verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature))
    throw new Problem(400, "malformed", "the signature is wrong");
  const payload = jws.payload === "" ? undefined : (JSON.parse(text(jws.payload)) as Record<string, unknown>);
  return { jwk: header.jwk, account, payload };
}

/** RFC 7638 3. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

async function bodyOf(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}

function send(response: ServerResponse, status: number, body: object, type = "application/json"): void {
  response.writeHead(status, { "Content-Type": type }).end(JSON.stringify(body));
}
