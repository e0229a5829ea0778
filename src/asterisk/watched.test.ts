import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { filesToRead } from "./logger.ts";
import { readWatchedAsterisk, type WatchedAsterisk } from "./watched.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-watched-"));
after(() => rmSync(root, { recursive: true, force: true }));

function read(files: Readonly<Record<string, string>>): WatchedAsterisk {
  const folder = mkdtempSync(join(root, "etc-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const found = readWatchedAsterisk(folder);
  assert.ok(found);
  return found;
}

/** Requirement, what logger.conf says below [logfiles], which files are read, whether security events are shown anywhere. */
const LOGGERS: readonly [string, string, readonly string[], boolean][] = [
  ["one file with both", "messages => notice\nfull => notice,warning,security,verbose(3)", ["full"], true],
  [
    "security apart from notices",
    "messages.log => notice,warning,error\nsecurity.log = security",
    ["security.log", "messages.log"],
    true,
  ],
  ["all levels", "everything => *", ["everything"], true],
  [
    "no security events",
    "messages => NOTICE , warning\nconsole => security\nsyslog.local0 => security",
    ["messages"],
    false,
  ],
  ["JSON is not read", "full => [json]notice,security\nmessages => [plain]notice", ["messages"], true],
  ["an absolute path", "/var/log/pbx => security,notice", ["/var/log/pbx"], true],
  ["nothing", "console => notice", [], false],
];
for (const [what, lines, files, security] of LOGGERS) {
  test(`logger: ${what}`, () => {
    const { logger } = read({ "logger.conf": `[general]\ndateformat=%F\n[logfiles]\n${lines}\n` });
    const wanted = files.map((name) => (name.startsWith("/") ? name : `/var/log/asterisk/${name}`));
    assert.deepEqual([filesToRead(logger).map((f) => f.path), logger.security], [wanted, security]);
  });
}

test("ports of SIP, IAX2 and the manager interface; none where no driver says its own; folder of logs; carriers by address", () => {
  const pjsip = "[a]\ntype=transport\nbind=0.0.0.0:5080\n[b]\ntype=transport\nprotocol=tls\nbind=0.0.0.0\n";
  const found = read({
    "pjsip.conf": `${pjsip}[c]\ntype=identify\nendpoint=c\nmatch=198.51.100.0/28,carrier.example.net\nmatch=0.0.0.0/0\n`,
    "sip.conf": "[t]\ntype=peer\nhost=198.51.100.77\n[p]\ntype=friend\nhost=dynamic\n",
    "iax.conf": "[general]\nbindport = 4570\n",
    "manager.conf": "[general]\nenabled = yes\nport = 5099\n",
    "asterisk.conf": "[directories]\nastlogdir => /srv/log\n",
    "logger.conf": "[logfiles]\nfull => notice\n",
  });
  assert.deepEqual(
    found.ports.map(({ protocol, port }) => `${port}/${protocol}`),
    ["5080/udp", "5061/tcp", "4570/udp", "5099/tcp"],
  );
  assert.deepEqual(found.accounts, ["p", "t"]);
  assert.deepEqual(found.trunks, ["198.51.100.0/28", "198.51.100.77"]);
  assert.equal(found.logger.files[0].path, "/srv/log/full");
  assert.deepEqual(read({ "logger.conf": "", "manager.conf": "[general]\nenabled=no\n" }).ports, []);
  assert.equal(readWatchedAsterisk(join(root, "nowhere")), undefined);
  assert.ok(found.securityModule);
  const without = { "logger.conf": "", "modules.conf": "[modules]\nautoload = yes\nnoload = res_security_log.so\n" };
  assert.ok(!read(without).securityModule);
});
