/** The journal, of a journald in a place of its own. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { followJournal } from "../../src/follow/index.ts";
import { until } from "../support/until.ts";
import { needs, start } from "./support/programs.ts";

const JOURNALD = "/usr/lib/systemd/systemd-journald";
const all = [needs("journalctl", "systemd").skip, needs(JOURNALD, "systemd").skip, needs("unshare", "util-linux").skip];
const root = process.getuid?.() === 0 ? false : "only root can start a journald of its own";
const options = { skip: [...all, root].find((skip) => skip !== false) ?? false, timeout: 30_000 };

interface Journal {
  readonly directory: string;
  /** An entry as a program writes it. */
  write(message: string, identifier?: string): void;
}

async function startJournal(t: TestContext): Promise<Journal> {
  const script = `mount -t tmpfs none /run && mount -t tmpfs none /var/log/journal && mkdir -p /run/systemd /run/log/journal && exec ${JOURNALD}`;
  const { child, said } = start(t, ["unshare", "-m", "sh", "-c", script], "/");
  const inside = `/proc/${child.pid}/root`;
  const isOpen = (): boolean => {
    assert.equal(child.exitCode, null, said());
    return (
      existsSync(`${inside}/run/systemd/journal/socket`) &&
      readFileSync(`/proc/${child.pid}/comm`, "utf8") === "systemd-journal\n"
    );
  };
  await until("journald runs", isOpen);
  const write = (message: string, identifier = "asterisk"): void => {
    const bytes = Buffer.from(message);
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(bytes.length));
    const input = Buffer.concat([
      Buffer.from(`SYSLOG_IDENTIFIER=${identifier}\nMESSAGE\n`),
      size,
      bytes,
      Buffer.from("\n"),
    ]);
    const words = ["-t", String(child.pid), "-m", "python3", "-c", SEND];
    execFileSync("nsenter", words, { input });
  };
  return { directory: `${inside}/run/log/journal`, write };
}

/** One datagram to journald's own socket: util-linux' logger leaves line breaks out. */
const SEND = `import socket,sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/run/systemd/journal/socket")
s.send(sys.stdin.buffer.read())`;

test(
  "what is new in the journal, a line for each entry; and from where it was left, without a gap",
  options,
  async (t) => {
    const journal = await startJournal(t);
    journal.write("before");
    await setTimeout(200);
    let text = "";
    const troubles: (string | undefined)[] = [];
    const follower = {
      onBytes: (piece: Buffer) => {
        text += piece.toString("utf8");
      },
      onTrouble: (trouble: { readonly code: string } | undefined) => void troubles.push(trouble?.code),
    };
    const source = { identifier: "asterisk" };
    const { directory } = journal;
    const first = followJournal(source, follower, { directory });
    t.after(() => first.stop());
    // It says nowhere that it is ready.
    await until("it follows", () => {
      journal.write("ready?");
      return text.includes("ready?");
    });
    text = "";
    journal.write("NOTICE[1] chan_sip.c: one\n[2026-01-01 00:00:00] NOTICE[1] forged\r\nend");
    journal.write("somebody else", "sshd");
    await until("it has come", () => text.includes("end\n"));
    const lines = text.split("\n").filter((line) => line !== "" && !line.includes("ready?"));
    assert.equal(lines.length, 1, text);
    assert.match(
      lines[0],
      /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ asterisk\[\d+\]: NOTICE\[1\] chan_sip\.c: one \[2026-01-01 00:00:00\] NOTICE\[1\] forged {2}end$/,
    );
    const cursor = first.at();
    await first.stop();
    for (let n = 0; n < 25; n++) journal.write(`meanwhile ${n}`);
    text = "";
    const second = followJournal(source, follower, { directory, cursor });
    t.after(() => second.stop());
    await until("all of it has come", () => text.includes("meanwhile 24\n"));
    const seen = text.match(/meanwhile \d+/g) ?? [];
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, n) => `meanwhile ${n}`),
      "more than journalctl's ten",
    );
    assert.deepEqual(troubles, []);
  },
);

test("a journal that cannot be read is told of", options, async (t) => {
  const troubles: (string | undefined)[] = [];
  const follower = {
    onBytes: () => {},
    onTrouble: (x: { readonly what: string } | undefined) => void troubles.push(x?.what),
  };
  const following = followJournal({ unit: "asterisk.service" }, follower, { directory: "/nowhere" });
  t.after(() => following.stop());
  await until("it is told", () => troubles.length === 1);
  assert.match(troubles[0] ?? "", /^the journal cannot be followed: .*(nowhere|No such file)/);
});
