import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isFailure } from "../base/index.ts";
import { type Message, parseMessage, reply } from "../sip/index.ts";

/** What a server that does wrong says to a request: a status, whole header lines, a text of its own, or nothing. */
export interface Say {
  readonly status?: number;
  readonly headers?: string;
  readonly body?: string;
  /** Instead of a reply. */
  readonly text?: string;
  /** ms to wait first. */
  readonly delay?: number;
  /** Where the request goes on to, as a relay would. */
  readonly relay?: { readonly host: string; readonly port: number };
}

export interface Wrong {
  readonly port: number;
  /** Every datagram that came, with its time. */
  readonly heard: { readonly text: string; readonly at: number }[];
}

/** A SIP server on loopback that answers as it is told to; closed at the end of the test. */
export async function startWrong(
  t: TestContext,
  say: (m: Message, text: string) => Say | Say[] | undefined,
  host = "127.0.0.1",
): Promise<Wrong> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const heard: { text: string; at: number }[] = [];
  let isOpen = true;
  socket.on("error", () => {});
  socket.on("message", async (bytes, from) => {
    const text = bytes.toString("latin1");
    heard.push({ text, at: performance.now() });
    const m = parseMessage(text);
    if (isFailure(m) || !m.isRequest || m.method === "ACK") return;
    for (const each of [say(m, text) ?? []].flat()) {
      if (each.delay !== undefined) await sleep(each.delay);
      if (!isOpen) return;
      if (each.relay !== undefined) socket.send(bytes, each.relay.port, each.relay.host);
      const { status = 200, headers = "", body = "" } = each;
      const type = body === "" ? {} : { contentType: "application/sdp" };
      const answer = each.text ?? reply(m, status, { toTag: "wrong", headers, body, ...type });
      socket.send(Buffer.from(answer, "latin1"), from.port, from.address, () => {});
    }
  });
  socket.bind(0, host);
  await once(socket, "listening");
  t.after(() => {
    isOpen = false;
    socket.close();
  });
  return { port: socket.address().port, heard };
}
