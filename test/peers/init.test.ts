/** `rempart init` and `doctor` with real Asterisk on this machine: its files, its console, its answers. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { runProgram } from "../support/child.ts";
import { listener, scratch } from "../support/edge.ts";
import { asteriskTree, asteriskVersion, startAsterisk, TARGETS, type Target, titleOf } from "./support/asterisk.ts";
import { needsTree } from "./support/debian.ts";
import { freePort } from "./support/programs.ts";

const SECRET = "s3cr3t-of-anna";

const ACL = "deny = 0.0.0.0/0.0.0.0\ndeny = ::/0\npermit = 127.0.0.1/255.255.255.255\n";

/** Its files, with a phone and a trunk; `shut`: as the page tells. */
function filesFor({ driver }: Target, port: number, shut: boolean): Record<string, string> {
  const acl = shut ? ACL : "";
  if (driver === "chan_sip") {
    const general = `udpbindaddr = 127.0.0.1:${port}\nallowguest = no\nalwaysauthreject = yes\ncontext = nobody\n`;
    const rempart = `[rempart]\ntype = peer\nhost = 127.0.0.1\ninsecure = port,invite\n${acl}`;
    const anna = `[anna]\ntype = friend\nhost = dynamic\nsecret = ${SECRET}\n${acl}`;
    return { "sip.conf": `[general]\n${general}${anna}${rempart}`, "extensions.conf": "[nobody]\n" };
  }
  return {
    "pjsip.conf":
      `[private]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:${port}\n#include phones.conf\n` +
      "[rempart]\ntype = endpoint\naors = rempart\ncontext = nobody\nidentify_by = ip\n" +
      "[rempart]\ntype = aor\ncontact = sip:127.0.0.1:9\n[rempart]\ntype = identify\nendpoint = rempart\nmatch = 127.0.0.1\n" +
      (shut ? `[only-rempart]\ntype = acl\n${ACL}` : ""),
    "phones.conf":
      "[phone](!) ; a template\ntype = endpoint\ncontext = nobody\n[anna](phone)\nauth = anna\naors = anna\n" +
      `[anna]\ntype = auth\nauth_type = userpass\nusername = anna\npassword = ${SECRET}\n[anna]\ntype = aor\nmax_contacts = 1\n`,
    "extensions.conf": "[nobody]\n",
  };
}

/** Puts a program "asterisk" into the path that asks the one in its Debian, as if it were installed on this machine. */
function install(t: TestContext, root: string, folder: string): void {
  const bin = scratch(t);
  const conf = `${folder.slice(root.length)}/asterisk.conf`;
  const script = `#!/bin/sh\n[ "$1" = -C ] && shift 2\nexec chroot '${root}' asterisk -C '${conf}' "$@"\n`;
  writeFileSync(join(bin, "asterisk"), script, { mode: 0o755 });
  const { PATH } = process.env;
  process.env.PATH = `${bin}${delimiter}${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
}

interface Finding {
  readonly name: string;
  readonly level: string;
  readonly what: string;
}

for (const target of TARGETS) {
  for (const shut of [false, true]) {
    const name = `${titleOf(target)} ${shut ? "for Rempart alone" : "for everybody"}: init shows it, doctor asks it`;
    test(name, { ...needsTree(), timeout: 120_000 }, async (t) => {
      const port = await freePort();
      const { folder, received } = await startAsterisk(t, { ...target, port, files: filesFor(target, port, shut) });
      install(t, await asteriskTree(target.version), folder);
      const file = join(scratch(t), "rempart.toml");
      const done = await runProgram(["--config", file, "init", "--asterisk-config", folder]);
      assert.equal(done.code, 0, done.err);
      assert.ok(done.out.includes(await asteriskVersion(target.version)), done.out);
      assert.match(done.out, new RegExp(`udp 127\\.0\\.0\\.1:${port}: this machine alone, answers \\d+ in`));
      assert.match(done.out, /phones +1: anna\n +trunks +1: rempart\n/);
      // chan_sip has lists of addresses for its peers, none for strangers.
      const closed = shut && target.driver === "pjsip";
      assert.match(done.out, closed ? /it refuses addresses/ : /it takes SIP from every address/);
      const written = readFileSync(file, "utf8");
      assert.ok(!`${done.out}${written}`.includes(SECRET));
      assert.ok(written.includes(`uri = "sip:127.0.0.1:${port}"`), written);
      // Other tests have the usual ports at the same time.
      writeFileSync(
        file,
        `${written}\n${listener("udp", "127.0.0.1:0")}${listener("udp", "127.0.0.1:0", 'side = "private"\n')}`,
      );
      const doctor = await runProgram(["--config", file, "doctor", "-o", "json"]);
      const all: Finding[] = JSON.parse(doctor.out);
      const [reached, others] = all.filter((f) => f.name.startsWith("backend"));
      assert.equal(reached.level, "ok");
      assert.match(reached.what, target.driver === "pjsip" ? /answers 200 in/ : /answers (?:200|404) in/);
      assert.equal(others.level, closed ? "ok" : "warn", others.what);
      assert.match(
        others.what,
        closed ? /it refuses 127\.0\.0\.2 with 403/ : /answers 127\.0\.0\.2 too.*REGISTER 401, INVITE 401/,
      );
      assert.ok(received("REGISTER").length > 0 && received("INVITE").length > 0);
    });
  }
}
