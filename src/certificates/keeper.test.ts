/** Certificates from files: what is broken leaves the one before in use; without files one is made, for us alone to read. */
import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { newAuthority } from "../../test/support/authority.ts";
import { isTrouble } from "../base/index.ts";
import { fileFaults, type Keeper, openCertificates } from "./index.ts";

const NOW = Date.now();
const DAY = 86_400_000;

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rempart-certificates-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function mustOpen(keeper: Awaited<ReturnType<typeof openCertificates>>): Keeper {
  assert.ok(!isTrouble(keeper), JSON.stringify(keeper));
  return keeper;
}

test("a new file is taken; one that is broken or does not fit leaves the old one in use, and is named", async (t) => {
  const folder = scratch(t);
  const ca = await newAuthority("CA");
  const [first, second] = [await ca.issue(["pbx.example.org"]), await ca.issue(["pbx.example.org", "b.example"])];
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const write = (pair: { cert: string; key: string }): void => {
    writeFileSync(cert, pair.cert);
    writeFileSync(key, pair.key);
  };
  write(first);
  const sources = {
    state: folder,
    names: [],
    domains: 0,
    files: [{ domain: "pbx.example.org", cert, key }],
    peers: [],
  };
  const keeper = mustOpen(await openCertificates(sources, NOW));
  assert.equal(keeper.served()[0].cert, first.cert);

  const short = generateKeyPairSync("rsa", {
    modulusLength: 512,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  for (const [what, act, code] of [
    ["another key", () => writeFileSync(key, second.key), "CERTIFICATE_MISMATCH"],
    ["half a certificate", () => write({ cert: first.cert.slice(0, 200), key: first.key }), "CERTIFICATE_BROKEN"],
    ["an empty key", () => write({ cert: first.cert, key: "" }), "CERTIFICATE_BROKEN"],
    ["the key of something else", () => write({ cert: first.cert, key: short.privateKey }), "CERTIFICATE_MISMATCH"],
    ["no file", () => rmSync(cert), "CERTIFICATE_UNREADABLE"],
  ] as const) {
    act();
    assert.deepEqual(
      keeper.reload().map((x) => x.code),
      [code],
      what,
    );
    assert.equal(keeper.served()[0].cert, first.cert, what);
    assert.equal(keeper.views()[0].trouble?.code, code);
    assert.ok(keeper.troubles()[0].what.startsWith("the certificate of pbx.example.org"), keeper.troubles()[0].what);
    assert.doesNotMatch(JSON.stringify([keeper.views(), keeper.troubles()]), /PRIVATE/);
  }
  write(second);
  assert.deepEqual(keeper.reload(), []);
  assert.deepEqual(keeper.served()[0].names, ["pbx.example.org", "b.example"]);
  assert.equal(keeper.views()[0].trouble, null);
});

test("at a start there is no older one: a broken file is refused", async (t) => {
  const folder = scratch(t);
  const files = [{ domain: "a.example", cert: join(folder, "no.pem"), key: join(folder, "no.pem") }];
  const refused = await openCertificates({ state: folder, names: [], domains: 0, files, peers: [] }, NOW);
  assert.ok(isTrouble(refused));
  assert.deepEqual([refused.code, refused.safe.startsWith("nothing was started")], ["CERTIFICATE_UNREADABLE", true]);
});

test("authorities and lists of peers are read, kept and named alike", async (t) => {
  const folder = scratch(t);
  const ca = await newAuthority("CA");
  const [authorities, revoked] = [join(folder, "ca.pem"), join(folder, "crl.pem")];
  writeFileSync(authorities, ca.cert);
  writeFileSync(revoked, await ca.revoke([]));
  const peers = [{ name: "carrier", ca: authorities, crl: revoked }];
  const keeper = mustOpen(
    await openCertificates({ state: folder, names: ["a.example"], domains: 1, files: [], peers }, NOW),
  );
  const days = (): number[] => keeper.lists().map(({ until }) => Math.round((until - Date.now()) / 86_400_000));
  assert.deepEqual([keeper.lists()[0].peer, keeper.lists()[0].file, days()], ["carrier", revoked, [20]]);
  writeFileSync(revoked, `${await ca.revoke([])}\n${await ca.revoke([], 3)}`);
  assert.deepEqual([keeper.reload(), days()], [[], [3]], "of several the first to end");
  writeFileSync(revoked, "nothing");
  assert.match(keeper.reload()[0].what, /^peer carrier: the `crl` file/);
  assert.match(keeper.trusts()[0].crl, /BEGIN X509 CRL/);
});

test("without files a certificate is made once, for the own domains, and nobody else may read its key", async (t) => {
  const folder = scratch(t);
  const sources = (names: string[], domains: number) => ({ state: folder, names, domains, files: [], peers: [] });
  const names = ["pbx.example.org", "localhost", "127.0.0.1", "::1"];
  const [first] = mustOpen(await openCertificates(sources(names, 1), NOW)).served();
  const certificate = new X509Certificate(first.cert);
  for (const name of ["pbx.example.org", "localhost"]) assert.equal(certificate.checkHost(name), name);
  assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
  assert.equal(statSync(join(folder, "tls")).mode & 0o777, 0o700);
  for (const file of ["self-signed.key", "self-signed.crt"]) {
    assert.equal(statSync(join(folder, "tls", file)).mode & 0o777, 0o600);
  }
  const again = mustOpen(await openCertificates(sources(names, 1), NOW + 9 * 365 * DAY));
  assert.equal(again.served()[0].cert, first.cert, "a restart keeps it: phones may have been told to trust it");
  const wider = mustOpen(await openCertificates(sources(["b.example", ...names], 2), NOW)).served()[0];
  assert.notEqual(wider.cert, first.cert, "a domain came");
  const later = mustOpen(await openCertificates(sources(["b.example", ...names], 2), NOW + 3_640 * DAY));
  assert.notEqual(later.served()[0].cert, wider.cert, "it was about to end");
  assert.match(readFileSync(join(folder, "tls", "self-signed.key"), "latin1"), /BEGIN PRIVATE KEY/);
});

test("a certificate that names nobody as its subject and issuer is served, and shown without a name", async (t) => {
  const folder = scratch(t);
  const ca = await newAuthority("");
  const pair = await ca.issue(["pbx.example.org"], 20, "");
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.key);
  const files = [{ domain: "pbx.example.org", cert, key }];
  const keeper = mustOpen(await openCertificates({ state: folder, names: [], domains: 0, files, peers: [] }, NOW));
  assert.deepEqual([keeper.views()[0].issuer, keeper.views()[0].names], ["", ["pbx.example.org"]]);
});

test("each authority and each list of a peer's files is looked at", async (t) => {
  const folder = scratch(t);
  const ca = await newAuthority("CA");
  const [authorities, revoked] = [join(folder, "ca.pem"), join(folder, "crl.pem")];
  const block = (kind: string): string => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\n`;
  const list = await ca.revoke([]);
  for (const [what, first, second, expected] of [
    ["an authority", `${ca.cert}\n${block("CERTIFICATE")}`, list, /the `ca` file/],
    ["a list", ca.cert, `${list}\n${block("X509 CRL")}`, /the `crl` file/],
  ] as const) {
    writeFileSync(authorities, first);
    writeFileSync(revoked, second);
    const peers = [{ name: "carrier", ca: authorities, crl: revoked }];
    const opened = await openCertificates({ state: folder, names: ["a.example"], domains: 1, files: [], peers }, NOW);
    assert.ok(isTrouble(opened), what);
    assert.match(opened.what, expected);
  }
});

test("before a start: a key that this user may not read is named, and not taken for a fault", async (t) => {
  const folder = scratch(t);
  const { cert, key } = await (await newAuthority("CA")).issue(["pbx.example.org"]);
  const files = [{ domain: "pbx.example.org", cert: join(folder, "cert.pem"), key: join(folder, "key.pem") }];
  writeFileSync(files[0].cert, cert);
  writeFileSync(files[0].key, key, { mode: 0 });
  chmodSync(folder, 0o755);
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65_534);
  const { faults, unread } = fileFaults({ files, peers: [] });
  if (root) process.seteuid?.(0);
  assert.deepEqual([faults, unread], [[], [files[0].key]]);
});
