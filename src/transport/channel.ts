import type { Socket } from "node:net";
import { Failure } from "../base/index.ts";
import { StreamFramer } from "../sip/index.ts";

/** What the messages of a connection travel in: the bytes of a stream, or the frames of a WebSocket. */
export interface Channel {
  /** Where it all is written in the end: its queue and its end are those of the connection. */
  readonly socket: Socket;
  /** Begins to read; `onInput` is called whenever `next` may have something, `onLife` when a `ping` was answered. */
  start(onInput: () => void, onLife: () => void): void;
  /** The next whole message, "" for a keep-alive, a Failure when what comes cannot be read any more. */
  next(): string | Failure | undefined;
  /** A message has begun and is not whole. */
  readonly partial: boolean;
  /** Latin1 text of one message. */
  write(text: string): void;
  pause(): void;
  resume(): void;
  /** Says goodbye, after what is queued; nothing more is read. */
  end(): void;
  /** Asks for a sign of life. Only where the peer must give one. */
  readonly ping?: () => void;
}

/** First byte of a TLS record that holds a handshake (RFC 8446 5.1); no SIP message begins with it. */
const TLS_HANDSHAKE = 0x16;
export const TLS_ON_PLAIN = new Failure("TLS_ON_PLAIN", "stream", 0, 0);

/** Messages framed by their Content-Length (RFC 3261 18.3), over TCP or TLS. */
export class StreamChannel implements Channel {
  readonly socket: Socket;
  readonly #framer = new StreamFramer();
  #untouched = true;
  #ended = false;
  #tlsOnPlain = false;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  start(onInput: () => void): void {
    this.socket.on("data", (chunk: Buffer) => {
      if (this.#ended) return;
      if (this.#untouched) {
        this.#untouched = false;
        this.#tlsOnPlain = chunk[0] === TLS_HANDSHAKE;
      }
      this.#framer.push(chunk);
      onInput();
    });
  }

  next(): string | Failure | undefined {
    return this.#tlsOnPlain ? TLS_ON_PLAIN : this.#framer.next();
  }

  get partial(): boolean {
    return this.#framer.begun;
  }

  write(text: string): void {
    this.socket.write(text, "latin1");
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.#ended = true;
    this.socket.end();
  }
}
