import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { Failure } from "../base/index.ts";
import type { Channel } from "./channel.ts";

const TOO_LARGE = new Failure("SIP_TOO_LARGE", "frame", 0, 0);
const BAD_FRAME = new Failure("WS_BAD_FRAME", "frame", 0, 0);

/** RFC 6455 5.2: bytes of a masked frame before its data, where those are at most 125. */
const CONTROL = 6;

/** RFC 7118 5: one SIP message in each WebSocket message, text or binary. */
export class WebChannel implements Channel {
  readonly socket: Socket;
  readonly #web: WebSocket;
  readonly #waiting: string[] = [];
  #failure: Failure | undefined;
  /** Bytes that have come since the last whole message, but for those of pings and pongs: they may stand between its fragments. */
  #open = 0;
  /** Of what came last: bytes of pings and pongs, and whether a message was whole. */
  #control = 0;
  #whole = false;
  #ended = false;

  constructor(web: WebSocket, socket: Socket) {
    this.#web = web;
    this.socket = socket;
  }

  start(onInput: () => void, onLife: () => void): void {
    const web = this.#web;
    web.on("message", (data: Buffer) => {
      this.#whole = true;
      this.#open = 0;
      if (this.#ended) return;
      const text = keepAliveOr(data.toString("latin1"));
      if (text !== undefined) this.#waiting.push(text);
      onInput();
    });
    // Answered by the library; whoever does not read the answers is not read from.
    web.on("ping", (data: Buffer) => {
      this.#control += CONTROL + data.length;
      if (!this.#ended) onInput();
    });
    web.on("pong", (data: Buffer) => {
      this.#control += CONTROL + data.length;
      onLife();
    });
    web.on("error", (error: Error & { code?: string }) => {
      this.#failure = error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? TOO_LARGE : BAD_FRAME;
      onInput();
    });
    // Behind the library's own listener, which has told of whole messages, pings and pongs by now.
    this.socket.on("data", (chunk: Buffer) => {
      const { partial } = this;
      this.#open = this.#whole ? 0 : Math.max(0, this.#open + chunk.length - this.#control);
      this.#whole = false;
      this.#control = 0;
      if (this.partial !== partial && !this.#ended) onInput();
    });
  }

  next(): string | Failure | undefined {
    return this.#waiting.shift() ?? this.#failure;
  }

  get partial(): boolean {
    return this.#open > 0;
  }

  write(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    // RFC 6455 8.1: a text frame that is no UTF-8 ends the connection.
    this.#web.send(bytes, { binary: !isUtf8(bytes), compress: false });
  }

  pause(): void {
    this.#web.pause();
  }

  resume(): void {
    this.#web.resume();
  }

  ping = (): void => this.#web.ping();

  end(): void {
    this.#ended = true;
    this.#web.close(1000);
  }
}

/** RFC 5626 4.4.1 as phones send it here too: "" for a ping, which wants an answer; undefined for what wants none. */
function keepAliveOr(text: string): string | undefined {
  if (text.length > 4 || text.trim() !== "") return text;
  return text === "\r\n\r\n" ? "" : undefined;
}
