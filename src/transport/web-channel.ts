import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { Failure } from "../base/index.ts";
import type { Channel } from "./channel.ts";

const TOO_LARGE = new Failure("SIP_TOO_LARGE", "frame", 0, 0);
const BAD_FRAME = new Failure("WS_BAD_FRAME", "frame", 0, 0);

/** RFC 7118 5: one SIP message in each WebSocket message, text or binary. */
export class WebChannel implements Channel {
  readonly socket: Socket;
  readonly #web: WebSocket;
  readonly #waiting: string[] = [];
  #failure: Failure | undefined;
  #partial = false;
  /** What came last has been taken whole. */
  #whole = false;
  #ended = false;

  constructor(web: WebSocket, socket: Socket) {
    this.#web = web;
    this.socket = socket;
  }

  start(onInput: () => void, onLife: () => void): void {
    const web = this.#web;
    web.on("message", (data: Buffer) => {
      this.#tookWhole();
      if (this.#ended) return;
      const text = keepAliveOr(data.toString("latin1"));
      if (text !== undefined) this.#waiting.push(text);
      onInput();
    });
    // Answered by the library; whoever does not read the answers is not read from.
    web.on("ping", () => {
      this.#tookWhole();
      if (!this.#ended) onInput();
    });
    web.on("pong", () => {
      this.#tookWhole();
      onLife();
    });
    web.on("error", (error: Error & { code?: string }) => {
      this.#failure = error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? TOO_LARGE : BAD_FRAME;
      onInput();
    });
    // Behind the library's own listener, which has told of whole messages by now.
    this.socket.on("data", () => {
      const { partial } = this;
      this.#partial = !this.#whole;
      this.#whole = false;
      if (this.#partial && !partial && !this.#ended) onInput();
    });
  }

  #tookWhole(): void {
    this.#whole = true;
    this.#partial = false;
  }

  next(): string | Failure | undefined {
    return this.#waiting.shift() ?? this.#failure;
  }

  get partial(): boolean {
    return this.#partial;
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
