import { mkdirSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DOMAIN, PASSWORD } from "../../support/edge.ts";
import { until } from "../../support/until.ts";
import type { PeerEdge } from "./daemon.ts";
import { freePort, start } from "./programs.ts";

/** A headless baresip: a tone for a microphone, nobody for a loudspeaker, JSON over TCP for hands. */
export interface Baresip {
  readonly user: string;
  /** One command of its menu; gives what it would have printed. */
  command(name: string, params?: string): Promise<string>;
  /** Waits for an event of this type that was not waited for yet. */
  event(type: string): Promise<void>;
  /** RTP packets sent and received in the call that is up; 0 without one. */
  packets(): Promise<{ readonly sent: number; readonly received: number }>;
}

/** Starts one that registers over `transport`, and waits until it has. */
export async function startBaresip(
  t: TestContext,
  edge: PeerEdge,
  user: string,
  transport: "udp" | "tcp" | "tls",
): Promise<Baresip> {
  const home = join(edge.folder, `baresip-${user}`);
  const port = await freePort();
  mkdirSync(home);
  writeFileSync(join(home, "config"), config(user, port));
  const outbound = `sip:${edge[transport]};transport=${transport}`;
  const account = `<sip:${user}@${DOMAIN};transport=${transport}>;auth_pass="${PASSWORD}";outbound="${outbound}";regint=300`;
  writeFileSync(join(home, "accounts"), `${account};audio_codecs=PCMU\n`);
  writeFileSync(join(home, "contacts"), "");
  const running = start(t, ["baresip", "-4", "-n", "127.0.0.1", "-f", home], home);
  try {
    const phone = hands(user, await reach(t, port));
    await until(`${user} is registered`, async () => /OK/.test(await phone.command("reginfo")), 10_000);
    return phone;
  } catch (error) {
    throw new Error(`${user}: ${running.said()}`, { cause: error });
  }
}

function config(user: string, port: number): string {
  const app = ["menu.so", "ctrl_tcp.so"].map((name) => `module_app ${name}`);
  const modules = ["g711.so", "ausine.so", "aubridge.so"].map((name) => `module ${name}`);
  return [
    "poll_method epoll",
    "sip_listen 127.0.0.1:0",
    // The tone comes in stereo at 48 kHz, and in nothing else.
    ...["audio_source ausine,440", "ausrc_srate 48000", "ausrc_channels 2"],
    ...[`audio_player aubridge,${user}`, `audio_alert aubridge,${user}-alert`],
    "module_path /usr/lib/baresip/modules",
    ...modules,
    ...["module_tmp uuid.so", "module_tmp account.so", ...app],
    `ctrl_tcp_listen 127.0.0.1:${port}`,
    "",
  ].join("\n");
}

async function reach(t: TestContext, port: number): Promise<Socket> {
  for (let i = 0; i < 100; i++) {
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    if (open) {
      t.after(() => socket.destroy());
      return socket;
    }
    await sleep(50);
  }
  throw new Error("baresip does not listen");
}

interface Said {
  readonly type?: string;
  readonly token?: string;
  readonly data?: string;
}

function hands(user: string, socket: Socket): Baresip {
  const events: string[] = [];
  const answers = new Map<string, (data: string) => void>();
  readNetstrings(socket, (text) => {
    const said = JSON.parse(text) as Said;
    if (said.type !== undefined) events.push(said.type);
    if (said.token !== undefined) answers.get(said.token)?.(said.data ?? "");
  });
  let n = 0;
  const command = (name: string, params = ""): Promise<string> => {
    const token = String(++n);
    const { promise, resolve } = Promise.withResolvers<string>();
    answers.set(token, resolve);
    const text = JSON.stringify({ command: name, params, token });
    socket.write(`${Buffer.byteLength(text)}:${text},`);
    return promise;
  };
  const event = async (type: string): Promise<void> => {
    await until(`${user}: ${type} after ${events.join(" ")}`, () => events.includes(type), 10_000);
    events.splice(0, events.indexOf(type) + 1);
  };
  const packets = async (): Promise<{ sent: number; received: number }> => {
    const text = await command("audio_debug");
    const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
    return { sent: number(/TX: packets=(\d+)/), received: number(/seq_put=(\d+)/) };
  };
  return { user, command, event, packets };
}

/** "LENGTH:text," one after the other. */
function readNetstrings(socket: Socket, take: (text: string) => void): void {
  let held = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const colon = held.indexOf(58);
      const end = colon < 0 ? 0 : colon + 1 + Number(held.toString("latin1", 0, colon));
      if (colon < 0 || held.length <= end) return;
      take(held.toString("utf8", colon + 1, end));
      held = held.subarray(end + 1);
    }
  });
}
