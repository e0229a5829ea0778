import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountPolicy, openAccounts } from "../../src/accounts/index.ts";
import { isTrouble, type TransportName, type Trouble } from "../../src/base/index.ts";
import { type Config, controlSocket, loadConfig } from "../../src/config/index.ts";
import { type Control, startControl } from "../../src/control/index.ts";
import { type Address, openPhone, type PhoneOptions, type Softphone } from "../../src/demo/index.ts";
import { openStore } from "../../src/store/index.ts";
import type { Owner } from "./owner.ts";

export const DOMAIN = "pbx.example.org";
export const PASSWORD = "correct horse battery";

/** UDP and TCP on both loopbacks, ports chosen by the kernel, and an own domain. */
const LISTEN = ["udp", "tcp"]
  .flatMap((transport) => ["127.0.0.1:0", "[::1]:0"].map((address) => listener(transport, address)))
  .join("");

/** One `[[sip.listen]]` as TOML. */
export function listener(transport: string, address: string, more = ""): string {
  return `[[sip.listen]]\ntransport = "${transport}"\naddress = "${address}"\n${more}`;
}

export interface EdgeOptions {
  /** The own domain; default DOMAIN. */
  readonly domain?: string;
  /** TOML after `state` and before the tables of [sip]. */
  readonly top?: string;
  /** TOML inside [sip]. */
  readonly sip?: string;
  /** TOML with the listeners and what follows; default LISTEN. */
  readonly listen?: string;
  /** TOML inside [dial]; default: strangers may call own users. */
  readonly dial?: string;
  readonly users?: readonly string[];
  /** TOML inside [firewall]; default: the kernel is left alone, which all tests of a machine share. */
  readonly firewall?: string;
  /** Level of the log; default "error". */
  readonly log?: string;
}

/** The whole daemon in this process: control thread here, signalling thread beside it. */
export interface Edge {
  readonly config: Config;
  readonly udp4: Address;
  /** Where backends find it over UDP; port 0 when there is none. */
  readonly inside: Address;
  readonly udp6: Address;
  readonly tcp4: Address;
  readonly tcp6: Address;
  /** Where it listens for this transport on 127.0.0.1. */
  at(transport: TransportName): Address;
  /** Sends a command through the control socket, as the command line does. */
  command(name: string, args?: unknown): Promise<unknown>;
  /** A phone of this edge, closed at the end of the test. */
  phone(user: string, more?: Partial<PhoneOptions>): Promise<Softphone>;
  stop(): Promise<void>;
}

/** A folder that is gone after the test. */
export function scratch(t: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), "rempart-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a configuration into `folder` and gives its path; the state is `folder`/state. */
export function writeConfig(folder: string, o: EdgeOptions = {}): string {
  const file = join(folder, "rempart.toml");
  const sip = `[sip]\ndomains = ["${o.domain ?? DOMAIN}"]\n${o.sip ?? ""}\n${o.listen ?? LISTEN}`;
  const dial = `[dial]\n${o.dial ?? "allow_anonymous = true"}`;
  const firewall = `[firewall]\n${o.firewall ?? 'backend = "none"'}`;
  writeFileSync(
    file,
    `state = "state"\n${o.top ?? ""}\n${sip}\n${dial}\n${firewall}\n[log]\nlevel = "${o.log ?? "error"}"\n`,
  );
  return file;
}

/** Reads a configuration that must be right. */
export function mustLoad(file: string): Config {
  const loaded = loadConfig(file);
  assert.ok(!isTrouble(loaded), JSON.stringify(loaded));
  return loaded.config;
}

/** Puts accounts into the store of a daemon that does not run yet, all with PASSWORD. */
export async function addUsers(config: Config, users: readonly string[]): Promise<void> {
  const store = await openStore(config.state, { busyMs: 2_000 });
  assert.ok(!isTrouble(store), JSON.stringify(store));
  const accounts = openAccounts(store, accountPolicy(config), () => {});
  const rows = users.map((user) => `${user},${DOMAIN},${PASSWORD}`).join("\n");
  const done = await accounts.importCsv({ csv: `user,domain,password\n${rows}\n`, allowWeak: true });
  assert.ok(!isTrouble(done), JSON.stringify(done));
  await store.close();
}

/** Starts the daemon on its own state; stopped at the end of the test. */
export async function startEdge(t: Owner, o: EdgeOptions = {}, folder = scratch(t)): Promise<Edge> {
  const config = mustLoad(writeConfig(folder, o));
  if (o.users !== undefined) await addUsers(config, o.users);
  const died: Error[] = [];
  const control = await startControl(config, (error) => died.push(error));
  assert.ok(!isTrouble(control), JSON.stringify(control));
  const phones: Softphone[] = [];
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopped ??= Promise.all(phones.map((p) => p.close())).then(() => control.stop());
    await stopped;
    assert.deepEqual(died, [], "the signalling thread died");
  };
  t.after(stop);
  const addresses = addressesOf(control);
  return {
    config,
    ...addresses,
    at: (transport) => {
      const found = control.report.listeners.find((l) => l.transport === transport && l.address === "127.0.0.1");
      assert.ok(found, `nothing listens for ${transport}`);
      return { host: found.address, port: found.port };
    },
    command: (name, args) => sendCommand(controlSocket(config), name, args),
    phone: async (user, more = {}) => {
      const own = { name: user, user, domain: DOMAIN, password: PASSWORD, edge: addresses.udp4, t1: 100 };
      const phone = await openPhone({ ...own, ...more });
      phones.push(phone);
      return phone;
    },
    stop,
  };
}

function addressesOf(control: Control): Pick<Edge, "inside" | "udp4" | "udp6" | "tcp4" | "tcp6"> {
  const find = (transport: string, host: string, side = "public"): Address => {
    const found = control.report.listeners.find(
      (l) => l.transport === transport && l.address === host && l.side === side,
    );
    return { host, port: found?.port ?? 0 };
  };
  return {
    inside: find("udp", "127.0.0.1", "private"),
    udp4: find("udp", "127.0.0.1"),
    udp6: find("udp", "::1"),
    tcp4: find("tcp", "127.0.0.1"),
    tcp6: find("tcp", "::1"),
  };
}

/** One command and its answer; rejects with the code of a trouble. */
export async function sendCommand(path: string, command: string, args: unknown): Promise<unknown> {
  const socket = connect(path);
  socket.setEncoding("utf8");
  socket.write(`${JSON.stringify({ command, args })}\n`);
  let text = "";
  for await (const chunk of socket) {
    text += chunk;
    if (text.endsWith("\n")) break;
  }
  const answer = JSON.parse(text) as { ok: boolean; data?: unknown; error?: Trouble };
  if (!answer.ok) throw new Error(answer.error?.code);
  return answer.data;
}
