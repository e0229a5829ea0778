import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Owner } from "../../support/owner.ts";
import { needs } from "./programs.ts";

/** Test options where namespaces are needed: root may make them, others skip. In CI a missing program fails. */
export function needsNetworks(): { readonly skip: string | false } {
  if (process.getuid?.() !== 0) return { skip: "network namespaces are made by root" };
  const ip = needs("ip", "iproute2");
  return ip.skip === false ? needs("nft", "nftables") : ip;
}

/** A machine: a network namespace with nothing but loopback. */
export interface Machine {
  /** Words before those of a program that runs there. */
  readonly within: readonly string[];
  /** Runs a program there to its end; fails the test when that fails. */
  run(words: readonly string[]): string;
}

/** One end of a cable: interface and its addresses with prefix length. */
export interface End {
  readonly machine: Machine;
  readonly name: string;
  readonly addresses: readonly string[];
}

let made = 0;

/** Switches a machine on; it is gone at the end of the test, with its cables. */
export function newMachine(t: Owner, name: string): Machine {
  const space = `rempart-${process.pid}-${++made}-${name}`;
  const within = ["ip", "netns", "exec", space];
  const run = (words: readonly string[]): string => execute([...within, ...words]);
  t.after(() => execute(["ip", "netns", "del", space]));
  execute(["ip", "netns", "add", space]);
  run(["ip", "link", "set", "lo", "up"]);
  // Whether a kernel checks where packets come from is up to the test, not to the machine it runs on.
  setting({ run }, "net.ipv4.conf.all.rp_filter", 0);
  setting({ run }, "net.ipv4.conf.default.rp_filter", 0);
  setting({ run }, "net.ipv4.ip_forward", 0);
  return { within, run };
}

/** Lays a cable between two machines. */
export function cable(a: End, b: End): void {
  const space = b.machine.within[3];
  a.machine.run(["ip", "link", "add", a.name, "type", "veth", "peer", "name", b.name, "netns", space]);
  for (const { machine, name, addresses } of [a, b]) {
    // Without nodad an IPv6 address cannot be bound to for a second.
    for (const at of addresses) {
      machine.run(["ip", "address", "add", at, "dev", name, ...(at.includes(":") ? ["nodad"] : [])]);
    }
    machine.run(["ip", "link", "set", name, "up"]);
  }
}

/** A route by way of a neighbour; `table` for those of a rule of their own. */
export function route(machine: Machine, to: string, via: string, table = "main"): void {
  machine.run(["ip", "route", "add", to, "via", via, "table", table]);
}

/** One kernel setting of a machine. */
export function setting(machine: Pick<Machine, "run">, name: string, value: number): void {
  machine.run(["sysctl", "-q", "-w", `${name}=${value}`]);
}

function execute(words: readonly string[]): string {
  const [program = "", ...rest] = words;
  try {
    return execFileSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 10_000 });
  } catch (error) {
    assert.fail(`${words.join(" ")}: ${(error as { stderr?: string }).stderr ?? error}`);
  }
}
