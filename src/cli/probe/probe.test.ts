import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { rempart } from "../program.ts";
import { changesOf, keep, keptOf, readKept } from "./repeat.ts";

interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

async function typed(...words: readonly string[]): Promise<Said> {
  const said = { out: "", err: "", code: 0 };
  await rempart(["probe", ...words], {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    exit: (code) => {
      said.code = code;
    },
  });
  return said;
}

/** A server that answers 200 to whatever comes; gives its port, and what came. */
async function startServer(t: TestContext): Promise<{ readonly port: number; readonly heard: string[] }> {
  const socket = createSocket("udp4");
  const heard: string[] = [];
  socket.on("message", (bytes, { address, port }) => {
    const text = bytes.toString("latin1");
    heard.push(text);
    const kept = text.split("\r\n").filter((line) => /^(?:via|from|to|call-id|cseq):/i.test(line));
    socket.send(
      `SIP/2.0 200 OK\r\n${kept.join("\r\n")}\r\nServer: PBX 1.2.3\r\nContent-Length: 0\r\n\r\n`,
      port,
      address,
    );
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return { port: socket.address().port, heard };
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "rempart-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("what is not allowed or not understood sends nothing: exit code 2, and why", async (t) => {
  const { port, heard } = await startServer(t);
  const target = `sip:127.0.0.1:${port}`;
  const yes = "--i-have-permission";
  const empty = join(folder(t), "empty.csv");
  writeFileSync(empty, "# nobody\n");
  for (const [words, code] of [
    [[target], "USAGE_PERMISSION"],
    [["sip:", yes], "USAGE_TARGET"],
    [[target, yes, "--transport", "pigeon"], "USAGE_TARGET"],
    [[target, yes, "--only", "nothing-such"], "USAGE"],
    [[target, yes, "--rate", "21"], "USAGE"],
    [[target, yes, "--rate", "0"], "USAGE"],
    [[target, yes, "--packets", "many"], "USAGE"],
    [[target, yes, "--rtp", "70000"], "USAGE"],
    [[target, yes, "--rtp", "20-10"], "USAGE"],
    [[target, yes, "--number", "600@x"], "USAGE"],
    [[target, yes, "--from", "here"], "USAGE"],
    [[target, yes, "--fail-on", "bad"], "USAGE"],
    [[target, yes, "--accounts", "/nonexistent"], "USAGE_FILE"],
    [[target, yes, "--accounts", empty], "USAGE_ACCOUNTS"],
    [[target, yes, "--log", "/nonexistent/log"], "USAGE_FILE"],
    [[target, yes, "--watch", "--every", "often"], "USAGE_LENGTH"],
  ] as const) {
    const said = await typed(...words);
    assert.equal(said.code, 2, `${words}: ${said.err}`);
    assert.match(said.err, new RegExp(`\\[${code}\\]`), `${words}`);
    assert.match(said.err, /safe: .*\nnext: /);
  }
  assert.deepEqual(heard, []);
});

test("what is found: worst first for people, all of it as JSON, SARIF and a report, exit 1 from --fail-on on; the log is its owner's", async (t) => {
  const { port } = await startServer(t);
  const log = join(folder(t), "log");
  const words = [
    `sip:127.0.0.1:${port}`,
    "--i-have-permission",
    "--transport",
    "udp",
    "--only",
    "banner,open-registrar",
  ];
  const human = await typed(...words, "--log", log);
  assert.equal(human.code, 1);
  assert.match(human.out, /1 critical, 1 low.*\n\nCRITICAL {2}.*\[open-registrar\][\s\S]*\n\nLOW {2}.*\[banner\]/);
  assert.match(readFileSync(log, "utf8"), /sent udp:127\.0\.0\.1:\d+ \d+ bytes\n {4}REGISTER /);
  assert.equal(statSync(log).mode & 0o777, 0o600);
  const json = await typed(...words, "-o", "json");
  const data = JSON.parse(json.out) as { findings: { rule: string; severity: string }[]; sent: number };
  assert.deepEqual(data.findings.map((f) => `${f.rule} ${f.severity}`).sort(), [
    "banner low",
    "open-registrar critical",
  ]);
  assert.ok(data.sent > 0);
  const sarif = JSON.parse((await typed(...words, "-o", "sarif")).out);
  assert.deepEqual([sarif.version, sarif.runs[0].results.length], ["2.1.0", 2]);
  const report = join(folder(t), "report.html");
  const told = await typed(...words, "-o", "html", "--report", report);
  assert.match(told.out, /^Probe of .*grade .*Written: .*report\.html\. \d+ packets sent\.\n$/);
  assert.match(readFileSync(report, "utf8"), /^<!doctype html>[\s\S]*open-registrar[\s\S]*<\/html>\n+$/);
  assert.equal(statSync(report).mode & 0o777, 0o600);
  const mild = await typed(...words.slice(0, -1), "banner", "--fail-on", "high");
  assert.equal(mild.code, 0, "found, but not bad enough");
});

test("Ctrl+C shows what was found until then; a host that never answers is told", { timeout: 20_000 }, async (t) => {
  const { port, heard } = await startServer(t);
  const program = join(import.meta.dirname, "..", "main.ts");
  const words = [`sip:127.0.0.1:${port}`, "--i-have-permission", "--transport", "udp"];
  const child = spawn(process.execPath, [program, "probe", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill("SIGINT");
  const [code] = (await once(child, "close")) as [number];
  assert.equal(code, 1);
  assert.match(out, /LOW {2}.*\[banner\]/);
  assert.match(out, /this is a partial result[\s\S]*interrupted/);
  const silent = await typed("sip:127.0.0.1:9", "--i-have-permission", "--transport", "tcp", "--only", "banner");
  assert.equal(silent.code, 1);
  assert.match(silent.out, /nothing answered OPTIONS at tcp 127\.0\.0\.1:9/);
});

test("the result of last time: kept for its owner alone, changes told, what was not looked at stays", (t) => {
  const file = join(folder(t), "deep", "state.json");
  const findings = (keys: readonly string[], missing: readonly string[] = []) => ({
    job: "probe" as const,
    subject: "sip:a",
    rules: [],
    found: keys.map((key) => ({ rule: key, place: { target: "x" }, says: "so", key, proof: [], edits: [] })),
    missing,
  });
  assert.equal(readKept(file, "sip:a"), undefined);
  const first = keptOf(findings(["a", "b"]), undefined, "2030-01-01");
  assert.equal(keep(file, first), undefined);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const before = readKept(file, "sip:a");
  assert.deepEqual(before, first);
  assert.equal(readKept(file, "sip:other"), undefined);
  const second = keptOf(findings(["b", "c"]), first, "2030-01-02");
  assert.deepEqual(changesOf(first, second), { since: "2030-01-01", appeared: ["c: so"], gone: ["a: so"] });
  const partial = keptOf(findings(["c"], ["b, x: interrupted"]), first, "2030-01-02");
  assert.deepEqual(changesOf(first, partial).gone, ["a: so"]);
  for (const text of ["", "{}", "[1]", "null", "{"]) {
    writeFileSync(file, text);
    assert.match(JSON.stringify(readKept(file, "sip:a")), /PROBE_STATE/, text);
  }
});

test("--watch: the whole result first, then what changed, until it is interrupted", { timeout: 20_000 }, async (t) => {
  const { port } = await startServer(t);
  const state = join(folder(t), "state.json");
  const program = join(import.meta.dirname, "..", "main.ts");
  const words = [`sip:127.0.0.1:${port}`, "--i-have-permission", "--transport", "udp", "--only", "banner"];
  const child = spawn(process.execPath, [program, "probe", ...words, "--watch", "--every", "1s", "--state", state], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (/No change since/.test(out)) child.kill("SIGINT");
  });
  const [code] = (await once(child, "close")) as [number];
  assert.equal(code, 0);
  assert.match(out, /LOW {2}.*\[banner\][\s\S]*The first result[\s\S]*No change since \d{4}-/);
  assert.equal(statSync(state).mode & 0o777, 0o600);
});
