/**
 * The house rules, held by a test: who may import whom, one door per room, purity, and sizes. When this test fails, the
 * code is wrong or the table below is; changing the table is a decision and wants its reason in docs/decisions/.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");

interface Room {
  /** Rooms whose door it may import. */
  readonly rooms: readonly string[];
  /** Pure: no socket, timer, clock, randomness, log; time and entropy are handed in. */
  readonly pure: boolean;
  /** npm packages it may import. */
  readonly packages?: readonly string[];
  /** For a pure room: functions of node:* modules that have no effect. */
  readonly functions?: Readonly<Record<string, readonly string[]>>;
}

const PROTOCOL = ["base", "sip"];
const PURE = [...PROTOCOL, "transaction", "auth", "registrar", "proxy", "policy", "backends", "names", "shield"];

/** The import table. A room that is not here may not exist; "*" is everything. */
const ROOMS: Readonly<Record<string, Room>> = {
  base: { rooms: [], pure: true },
  sip: { rooms: ["base"], pure: true },
  transaction: { rooms: PROTOCOL, pure: true },
  // Hashing is a function of its argument, and written in C.
  auth: { rooms: PROTOCOL, pure: true, functions: { "node:crypto": ["hash", "timingSafeEqual"] } },
  registrar: { rooms: PROTOCOL, pure: true },
  proxy: { rooms: PROTOCOL, pure: true },
  // Hashing is a function of its argument.
  policy: { rooms: PROTOCOL, pure: true, functions: { "node:crypto": ["hash", "scryptSync", "timingSafeEqual"] } },
  backends: { rooms: [], pure: true },
  shield: { rooms: PROTOCOL, pure: true },
  names: { rooms: ["ports"], pure: true },
  // What was sent, and what was logged: bytes and lines in, messages and facts out.
  capture: { rooms: PROTOCOL, pure: true },
  watch: { rooms: ["base", "shield"], pure: true },
  replay: { rooms: [...PROTOCOL, "policy", "shield", "capture", "watch"], pure: true },
  // What audit and probe say, and how.
  findings: { rooms: ["base"], pure: true },
  ports: { rooms: ["base"], pure: true },
  transport: { rooms: ["base", "sip", "ports"], pure: false, packages: ["ws"] },
  certificates: { rooms: ["base"], pure: false, packages: ["@peculiar/x509", "acme-client", "reflect-metadata"] },
  edge: { rooms: [...PURE, "ports", "transport"], pure: false },
  firewall: { rooms: ["base", "ports"], pure: false },
  store: { rooms: ["base", "ports"], pure: false, packages: ["kysely", "mysql2", "pg"] },
  // Block lists and countries from files and URLs; the package reads MMDB files.
  lists: { rooms: ["base"], pure: false, packages: ["mmdb-lib"] },
  // Names and limits of scenarios are said where they are judged, and what a list is where it is read.
  config: { rooms: ["base", "shield", "lists"], pure: false, packages: ["smol-toml", "zod"] },
  observe: { rooms: ["base", "ports"], pure: false, packages: ["pino", "prom-client"] },
  // What Asterisk's own files say; init shows it, audit will judge it.
  asterisk: { rooms: ["base"], pure: false },
  // Texts of configurations in, findings out: who reads the files hands them in.
  audit: {
    rooms: ["base", "findings", "asterisk"],
    pure: true,
    packages: ["@zxcvbn-ts/core", "@zxcvbn-ts/language-common"],
    // Reading a certificate is a function of its bytes.
    functions: { "node:crypto": ["X509Certificate"] },
  },
  // Speaks to somebody else's server, as an attacker would.
  probe: { rooms: ["base", "sip", "auth", "certificates", "findings"], pure: false, packages: ["ws"] },
  // Follows files, the journal and the manager interface of a phone system: bytes and lines out.
  follow: { rooms: ["base"], pure: false },
  // What both the running daemon and the command line do with accounts.
  accounts: { rooms: ["base", "auth", "policy", "store", "config"], pure: false },
  trunks: { rooms: ["base", "store", "config"], pure: false },
  control: {
    rooms: [
      ...PURE,
      "accounts",
      "trunks",
      "ports",
      "edge",
      "store",
      "observe",
      "config",
      "certificates",
      "lists",
      "firewall",
      // Beside a phone system instead of in front of it.
      "asterisk",
      "follow",
      "watch",
    ],
    pure: false,
  },
  demo: { rooms: ["base", "sip", "auth", "ports", "transport"], pure: false, packages: ["ws"] },
  // Reads the files for audit, out of tar files too.
  cli: { rooms: ["*"], pure: false, packages: ["commander", "tar"] },
};

/** Files that may be longer than 400 lines, each with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

/** Functions that may be longer than 60 lines ("file:name"), each with the reason. */
const LONG_FUNCTIONS: Readonly<Record<string, string>> = {};

const MAX_FILE = 400;
const MAX_FUNCTION = 60;
const MEDIAN_FILE = 150;

/** What a pure room may not touch, since each is an effect or a hidden input. */
const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|performance\.|console\.|process\.|fetch\(|crypto\.getRandomValues)/;

interface Source {
  readonly path: string;
  readonly room: string;
  readonly isTest: boolean;
  readonly text: string;
  /** The text with comments blanked, line numbers kept. */
  readonly code: string;
}

interface Import {
  readonly from: string;
  readonly names: readonly string[];
  readonly line: number;
}

const sources: readonly Source[] = globSync("src/**/*.ts", { cwd: ROOT })
  .sort()
  .map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const isTest = /\.(test|contract|fixture)\.ts$/.test(path);
    return { path, room: path.split("/")[1], isTest, text, code: withoutComments(text) };
  });
const shipped = sources.filter((s) => !s.isTest);

test("every folder under src is a room of the table, and every room has one door and a README", () => {
  const rooms = new Set(shipped.map((s) => s.room));
  for (const room of rooms) {
    assert.ok(ROOMS[room], `src/${room} is not in the table`);
    const files = new Set(globSync(`src/${room}/*`, { cwd: ROOT }));
    assert.ok(files.has(`src/${room}/README.md`), `src/${room}/README.md is missing`);
    // cli's door is the program itself.
    const door = room === "cli" ? "main.ts" : "index.ts";
    assert.ok(files.has(`src/${room}/${door}`), `src/${room}/${door} is missing`);
  }
});

test("rooms import only what the table allows, through doors", () => {
  const wrong: string[] = [];
  for (const s of sources) for (const i of importsOf(s.code)) wrong.push(...judgeImport(s, i));
  assert.deepEqual(wrong, []);
});

test("a door is never imported by its own room (that would be a circle)", () => {
  const wrong = shipped
    .filter((s) => s.path !== `src/${s.room}/index.ts`)
    .filter((s) => importsOf(s.code).some((i) => resolve(s, i) === `src/${s.room}/index.ts`))
    .map((s) => s.path);
  assert.deepEqual(wrong, []);
});

test("pure rooms touch no clock, timer, randomness or log", () => {
  const wrong: string[] = [];
  for (const s of shipped) {
    if (!ROOMS[s.room]?.pure) continue;
    s.code.split("\n").forEach((line, n) => {
      const hit = IMPURE.exec(line);
      if (hit) wrong.push(`${s.path}:${n + 1} uses ${hit[1]}`);
    });
  }
  assert.deepEqual(wrong, []);
});

test(`files have at most ${MAX_FILE} lines, and the median is under ${MEDIAN_FILE}`, () => {
  const sizes = shipped.map((s) => ({ path: s.path, lines: s.text.split("\n").length - 1 }));
  const long = sizes.filter((s) => s.lines > MAX_FILE && !LONG_FILES[s.path]).map((s) => `${s.path}: ${s.lines} lines`);
  assert.deepEqual(long, []);
  const sorted = sizes.map((s) => s.lines).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  assert.ok(median < MEDIAN_FILE, `the median file has ${median} lines`);
});

test(`functions have at most ${MAX_FUNCTION} lines`, () => {
  const long: string[] = [];
  for (const s of shipped)
    for (const f of functionsOf(s.code))
      if (f.lines > MAX_FUNCTION && !LONG_FUNCTIONS[`${s.path}:${f.name}`])
        long.push(`${s.path}:${f.line} ${f.name}: ${f.lines} lines`);
  assert.deepEqual(long, []);
});

test("the exception lists name nothing that no longer needs one", () => {
  const lines = new Map(shipped.map((s) => [s.path, s.text.split("\n").length - 1]));
  for (const path of Object.keys(LONG_FILES)) assert.ok((lines.get(path) ?? 0) > MAX_FILE, path);
  const functions = new Map<string, number>(
    shipped.flatMap((s) => functionsOf(s.code).map((f) => [`${s.path}:${f.name}`, f.lines] as const)),
  );
  for (const name of Object.keys(LONG_FUNCTIONS)) assert.ok((functions.get(name) ?? 0) > MAX_FUNCTION, name);
});

test("the rules see what they forbid", () => {
  const pure: Source = { path: "src/sip/x.ts", room: "sip", isTest: false, text: "", code: "" };
  const judge = (text: string, s: Source = pure): number =>
    importsOf(withoutComments(text)).flatMap((i) => judgeImport(s, i)).length;
  assert.equal(judge('import { a } from "../base/index.ts";'), 0);
  assert.equal(judge('import { a } from "../base/ip.ts";'), 1, "past a door");
  assert.equal(judge('import type { A } from "../proxy/index.ts";'), 1, "not in the table");
  assert.equal(judge('import {\n  a,\n} from "node:fs";'), 1, "a node module in a pure room");
  assert.equal(judge('import { hash } from "node:crypto";'), 1, "sip has no use for hashes");
  const auth: Source = { ...pure, path: "src/auth/x.ts", room: "auth" };
  assert.equal(judge('import { hash } from "node:crypto";', auth), 0);
  assert.equal(judge('import { randomBytes } from "node:crypto";', auth), 1);
  assert.equal(judge('import * as c from "node:crypto";', auth), 1);
  assert.equal(judge('const z = await import("zod");'), 1, "a package");
  assert.equal(judge('// import { a } from "../proxy/index.ts";'), 0, "a comment");
  assert.equal(judge('import { a } from "../../bench/load.ts";'), 1, "out of src");
  assert.equal(judge('export { a } from "./a.ts";'), 0);
  assert.deepEqual(
    functionsOf("export function f(): void {\n  if (a) {\n  }\n}\nconst g = (): void => {\n};").map((f) => [
      f.name,
      f.lines,
    ]),
    [
      ["f", 4],
      ["g", 2],
    ],
  );
});

/** What is wrong about one import, in words. */
function judgeImport(s: Source, i: Import): string[] {
  const at = `${s.path}:${i.line}`;
  const rule = ROOMS[s.room];
  if (!i.from.startsWith(".")) return s.isTest || allowedPackage(rule, i) ? [] : [`${at} imports ${i.from}`];
  const target = resolve(s, i);
  if (!target.startsWith("src/")) return s.isTest ? [] : [`${at} leaves src: ${i.from}`];
  const room = target.split("/")[1];
  if (room === s.room) return [];
  // A test may use the rooms it likes, as everyone through their doors.
  if (target !== `src/${room}/index.ts`) return [`${at} walks past the door of ${room}: ${i.from}`];
  if (s.isTest || rule.rooms.includes("*") || rule.rooms.includes(room)) return [];
  return [`${at} may not import ${room}`];
}

function allowedPackage(rule: Room, i: Import): boolean {
  if (!i.from.startsWith("node:")) return !isBuiltin(i.from) && (rule.packages ?? []).includes(packageOf(i.from));
  if (!rule.pure) return true;
  const functions = rule.functions?.[i.from] ?? [];
  return i.names.length > 0 && i.names.every((n) => functions.includes(n));
}

/** "zod" of "zod/mini", "@a/b" of "@a/b/c". */
function packageOf(from: string): string {
  return from.split("/", from.startsWith("@") ? 2 : 1).join("/");
}

function resolve(s: Source, i: Import): string {
  return i.from.startsWith(".") ? normalize(join(dirname(s.path), i.from)) : i.from;
}

/** Static and dynamic imports and re-exports; `names` is empty where the whole module is taken. */
function importsOf(code: string): Import[] {
  const found: Import[] = [];
  const pattern = /^(?:import|export)\b([\w\s{},*$]*?)\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  for (const hit of code.matchAll(pattern)) {
    const braces = /\{([^}]*)\}/.exec(hit[1] ?? "");
    const names = (braces?.[1] ?? "")
      .split(",")
      .map((n) =>
        n
          .trim()
          .replace(/^type /, "")
          .split(" as ")[0]
          .trim(),
      )
      .filter((n) => n !== "");
    found.push({ from: hit[2] ?? hit[3] ?? hit[4], names, line: code.slice(0, hit.index).split("\n").length });
  }
  return found;
}

/**
 * Functions of more than one line. It leans on the formatter: a body that begins at the end of a line closes on the first
 * later line that begins with "}" in the same column.
 */
function functionsOf(code: string): { name: string; line: number; lines: number }[] {
  const lines = code.split("\n");
  const found: { name: string; line: number; lines: number }[] = [];
  lines.forEach((text, at) => {
    const name = functionName(text);
    if (name === undefined || !text.endsWith("{")) return;
    const indent = /^ */.exec(text)?.[0] ?? "";
    const end = lines.findIndex((l, n) => n > at && l.startsWith(`${indent}}`));
    found.push({ name, line: at + 1, lines: end - at + 1 });
  });
  return found;
}

function functionName(line: string): string | undefined {
  const declared = /\bfunction\*?\s*(\w*)/.exec(line) ?? /\b(?:const|let) (\w+)\b.*=> \{$/.exec(line);
  if (declared) return declared[1] || "anonymous";
  if (line.endsWith("=> {")) return "anonymous";
  const method = /^ {2}(?:static |async |get |set |private |readonly )*([#\w]+)(?:<.*>)?\(.*\{$/.exec(line);
  return method && !["if", "for", "while", "switch", "catch"].includes(method[1]) ? method[1] : undefined;
}

/** Blanks comments, keeps line breaks and strings (an import's path is one). */
function withoutComments(text: string): string {
  const pattern = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(pattern, (hit) => (hit.startsWith("/") ? hit.replace(/[^\n]/g, " ").trimEnd() : hit));
}
