import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createConnection } from "mysql2/promise";
import pg from "pg";
import { until } from "../../support/until.ts";
import { freePort, type Running, start } from "./programs.ts";

/** Neither server runs as root. */
const NOBODY = 65_534;
const ADMIN = "admin";
export const ADMIN_PASSWORD = "of the administrator";

/** A real database server in a folder of its own, on a free port of 127.0.0.1. */
export interface Database {
  readonly port: number;
  /** Of [accounts], with user and password. */
  url(user: string, password: string): string;
  /** Statements as administrator. */
  run(...statements: string[]): Promise<void>;
  kill(): Promise<void>;
  /** Again, after `kill`. */
  start(): Promise<void>;
  /** Stops and lets go on: a server that takes what comes and says nothing. */
  freeze(): void;
  thaw(): void;
}

/** PostgreSQL's programs lie in a folder by version. */
export function postgresFolder(): string {
  return globSync("/usr/lib/postgresql/*/bin").sort().at(-1) ?? "/usr/lib/postgresql/bin";
}

function asNobody(words: readonly string[]): string[] {
  if (process.getuid?.() !== 0) return [...words];
  return ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ...words];
}

/** A folder that the server's user may write, gone after the test. */
function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rempart-db-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

function execute(folder: string, words: readonly string[]): void {
  const [program = "", ...rest] = asNobody(words);
  execFileSync(program, rest, { cwd: folder, stdio: "pipe" });
}

async function serve(
  t: TestContext,
  folder: string,
  words: readonly string[],
  ready: () => Promise<unknown>,
): Promise<Running> {
  const running = start(t, asNobody(words), folder, "SIGTERM");
  await until(
    `${words[0]} answers`,
    async () => {
      assert.equal(running.child.exitCode, null, running.said());
      return ready().then(
        () => true,
        () => false,
      );
    },
    20_000,
  );
  return running;
}

/** PostgreSQL has a process for each connection. */
function signalAll({ child: { pid } }: Running, signal: NodeJS.Signals): void {
  if (!existsSync(`/proc/${pid}`)) return;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((id) => id !== "");
  for (const id of [pid, ...children]) process.kill(Number(id), signal);
}

async function database(
  t: TestContext,
  folder: string,
  words: readonly string[],
  run: (statements: readonly string[]) => Promise<void>,
  rest: Pick<Database, "port" | "url">,
): Promise<Database> {
  const begin = () => serve(t, folder, words, () => run(["select 1"]));
  let running = await begin();
  return {
    ...rest,
    run: (...statements) => run(statements),
    async kill() {
      running.child.kill("SIGKILL");
      await running.ended;
    },
    async start() {
      running = await begin();
    },
    freeze: () => signalAll(running, "SIGSTOP"),
    thaw: () => signalAll(running, "SIGCONT"),
  };
}

/** A certificate for localhost, signed by itself, and its key, in files that the server may read. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export function makeCertificate(t: TestContext): Certificate {
  const folder = dataFolder(t);
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"];
  execute(folder, [...words, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert]);
  return { cert, key };
}

/** PostgreSQL with a database "asterisk"; passwords are asked for. With a certificate it speaks TLS too. */
export async function startPostgres(t: TestContext, tls?: Certificate): Promise<Database> {
  const [folder, port, bin] = [dataFolder(t), await freePort(), postgresFolder()];
  const secret = join(folder, "admin");
  writeFileSync(secret, ADMIN_PASSWORD);
  const data = join(folder, "data");
  execute(folder, [`${bin}/initdb`, "-D", data, "-U", ADMIN, "-A", "scram-sha-256", `--pwfile=${secret}`, "--no-sync"]);
  const connect = async (name: string, statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: ADMIN, password: ADMIN_PASSWORD, database: name });
    client.on("error", () => {});
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const words = [`${bin}/postgres`, "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", `${port}`, "-c", "fsync=off"];
  const more =
    tls === undefined ? [] : ["-c", "ssl=on", "-c", `ssl_cert_file=${tls.cert}`, "-c", `ssl_key_file=${tls.key}`];
  const asterisk = async (statements: readonly string[]): Promise<void> => {
    await connect("postgres", []);
    await connect("asterisk", statements).catch(async (error: { code?: string }) => {
      if (error.code !== "3D000") throw error;
      await connect("postgres", ["create database asterisk"]);
      await connect("asterisk", statements);
    });
  };
  const url = (user: string, password: string): string =>
    `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/asterisk`;
  return database(t, folder, [...words, ...more], asterisk, { port, url });
}

/** MariaDB with a database "asterisk". */
export async function startMariadb(t: TestContext, tls?: Certificate): Promise<Database> {
  const [folder, port] = [dataFolder(t), await freePort()];
  const data = join(folder, "data");
  mkdirSync(data);
  if (process.getuid?.() === 0) chownSync(data, NOBODY, NOBODY);
  const install = ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"];
  execute(folder, ["mariadb-install-db", ...install]);
  const socketPath = join(folder, "sock");
  const run = async (statements: readonly string[]): Promise<void> => {
    const client = await createConnection({ socketPath, user: "root" });
    try {
      for (const statement of ["create database if not exists asterisk", "use asterisk", ...statements]) {
        await client.query(statement);
      }
    } finally {
      await client.end();
    }
  };
  const words = [
    "/usr/sbin/mariadbd",
    "--no-defaults",
    `--datadir=${data}`,
    `--socket=${socketPath}`,
    `--port=${port}`,
  ];
  const more = ["--bind-address=127.0.0.1", `--pid-file=${folder}/pid`, "--innodb-flush-log-at-trx-commit=2"];
  if (tls !== undefined) more.push(`--ssl-cert=${tls.cert}`, `--ssl-key=${tls.key}`);
  const url = (user: string, password: string): string =>
    `mysql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/asterisk`;
  return database(t, folder, [...words, ...more], run, { port, url });
}
