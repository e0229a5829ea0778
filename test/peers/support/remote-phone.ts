import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { PhoneOptions } from "../../../src/demo/index.ts";
import type { Machine } from "./networks.ts";
import type { Asked } from "./phone-host.ts";

const HOST = join(import.meta.dirname, "phone-host.ts");

/** A softphone on another machine. Statuses are those of the last response. */
export interface RemotePhone {
  /** "host:port" of its end. */
  readonly sentBy: string;
  register(): Promise<number>;
  unregister(): Promise<number>;
  call(uri: string): Promise<number>;
  /** How many calls came; waits until the last of them has its ACK. */
  called(): Promise<number>;
  /** Hangs up the call it made, or the one that came. */
  endCall(): Promise<number>;
  endCalled(): Promise<number>;
  /** Every message that it got, as text. */
  heard(): Promise<string[]>;
}

/** Starts one there; ended with the test. */
export async function openRemote(t: TestContext, machine: Machine, options: PhoneOptions): Promise<RemotePhone> {
  const [program = "", ...rest] = [...machine.within, process.execPath, HOST];
  const child = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const gone = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  const ask = asker(child);
  const sentBy = (await ask({ what: "open", options })) as string;
  const status = (what: "register" | "unregister" | "called" | "endCall" | "endCalled") => () =>
    ask({ what }) as Promise<number>;
  return {
    sentBy,
    register: status("register"),
    unregister: status("unregister"),
    call: (uri) => ask({ what: "call", uri }) as Promise<number>,
    called: status("called"),
    endCall: status("endCall"),
    endCalled: status("endCalled"),
    heard: () => ask({ what: "heard" }) as Promise<string[]>,
  };
}

function asker(child: ChildProcess): (asked: Asked) => Promise<unknown> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on("message", ({ id, data, error }: { id: number; data?: unknown; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve(data);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  child.on("exit", () => {
    for (const w of waiting.values()) w.reject(new Error("the phone's process has ended"));
  });
  return (asked) => {
    const w = Promise.withResolvers<unknown>();
    waiting.set(++last, w);
    child.send({ id: last, asked });
    return w.promise;
  };
}
