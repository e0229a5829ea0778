import { createHash } from "node:crypto";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Trouble } from "../base/index.ts";
import type { Followed, ManagerAccess, ManagerEvent } from "./follow.ts";
import { closedTrouble, plainTrouble, refusedTrouble, strangeTrouble, unreachableTrouble } from "./manager-troubles.ts";
import { Packets } from "./packets.ts";
import { Pauses } from "./pauses.ts";
import { codeOf } from "./troubles.ts";

/** How the connection is secured. */
export interface ManagerTls {
  /** Who vouches for the server, as PEM; undefined: whom Node trusts. */
  readonly ca?: string;
  /** The name in its certificate, where `host` is another one. */
  readonly name?: string;
}

/** For an answer, between two questions whether the other side still lives, and until a login that was refused is tried again, ms. */
const ANSWER = 10_000;
const ALIVE = 30_000;
const REFUSED = 300_000;
const GREETING = /^Asterisk Call Manager\/[\d.]+\r?\n/;
const GREETING_BYTES = 256;
/** Security events, and who registers: nothing of calls. */
const EVENTS = "security,system";

/**
 * Follows the events of Asterisk's manager interface: logs in, by challenge where the server can, and does so again whenever the connection is lost.
 * A login that was refused is tried again after five minutes only, since it counts as an attack elsewhere.
 */
export function followManager(
  access: ManagerAccess & { readonly tls?: ManagerTls },
  take: (event: ManagerEvent) => void,
  onTrouble: (trouble: Trouble | undefined) => void,
): Followed {
  const pauses = new Pauses();
  let session: Session | undefined;
  let timer: NodeJS.Timeout | undefined;
  let told = "";
  let isStopped = false;
  const tell = (trouble: Trouble | undefined): void => {
    if (isStopped || (trouble?.code ?? "") === told) return;
    told = trouble?.code ?? "";
    onTrouble(trouble);
  };
  const ready = (): void => {
    pauses.reset();
    tell(undefined);
  };
  const begin = (): void => {
    session = new Session(access, take, ready, (trouble) => {
      tell(trouble);
      if (!isStopped) timer = setTimeout(begin, trouble.code === "FOLLOW_AMI_REFUSED" ? REFUSED : pauses.take());
    });
  };
  begin();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      session?.close();
    },
  };
}

type State = "greeting" | "challenge" | "login" | "ready";

/** One connection, from its beginning to its end. */
class Session {
  readonly #access: ManagerAccess & { readonly tls?: ManagerTls };
  readonly #take: (event: ManagerEvent) => void;
  readonly #onReady: () => void;
  readonly #onEnd: (trouble: Trouble) => void;
  readonly #socket: Socket;
  readonly #packets = new Packets();
  #state: State = "greeting";
  #greeting = "";
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(
    access: ManagerAccess & { readonly tls?: ManagerTls },
    take: (event: ManagerEvent) => void,
    onReady: () => void,
    onEnd: (trouble: Trouble) => void,
  ) {
    this.#access = access;
    this.#take = take;
    this.#onReady = onReady;
    this.#onEnd = onEnd;
    this.#socket = open(access);
    this.#socket.on("data", (piece: Buffer) => this.#onData(piece));
    this.#socket.on("error", (error) => this.#end(unreachableTrouble(access, codeOf(error))));
    this.#socket.on("close", () => this.#onClose());
    this.#wait(ANSWER);
  }

  close(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  #end(trouble: Trouble): void {
    if (this.#isEnded) return;
    this.close();
    this.#onEnd(trouble);
  }

  #onClose(): void {
    // Asterisk closes without a word when its lists of addresses refuse somebody.
    this.#end(
      this.#state === "ready" ? closedTrouble(this.#access) : strangeTrouble(this.#access, "it closes the connection"),
    );
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(unreachableTrouble(this.#access, "it does not answer")), ms);
  }

  #onData(piece: Buffer): void {
    if (this.#isEnded) return;
    if (this.#state === "greeting") {
      this.#greet(piece);
      return;
    }
    for (const packet of this.#packets.push(piece)) {
      if (this.#isEnded) return;
      if (packet.has("Event")) {
        if (this.#state === "ready") this.#take(packet);
      } else this.#onAnswer(packet);
    }
  }

  #greet(piece: Buffer): void {
    this.#greeting += piece.toString("latin1");
    const hit = GREETING.exec(this.#greeting);
    if (hit !== null) {
      this.#state = "challenge";
      this.#ask({ Action: "Challenge", AuthType: "MD5" });
      const rest = this.#greeting.slice(hit[0].length);
      if (rest !== "") this.#onData(Buffer.from(rest, "latin1"));
    } else if (this.#greeting.length > GREETING_BYTES || this.#greeting.includes("\n"))
      this.#end(strangeTrouble(this.#access, "what answers there is no manager interface"));
  }

  #onAnswer(packet: ManagerEvent): void {
    const isGood = packet.get("Response") === "Success";
    const { user, secret } = this.#access;
    if (this.#state === "challenge") {
      const challenge = packet.get("Challenge");
      this.#state = "login";
      if (isGood && challenge !== undefined) {
        const key = createHash("md5")
          .update(challenge + secret)
          .digest("hex");
        this.#ask({ Action: "Login", AuthType: "MD5", Username: user, Key: key, Events: EVENTS });
        // A password is not shown to whoever listens on the way.
      } else if (this.#access.tls === undefined && !isLoopback(this.#access.host))
        this.#end(plainTrouble(this.#access));
      else this.#ask({ Action: "Login", Username: user, Secret: secret, Events: EVENTS });
    } else if (this.#state === "login") {
      if (!isGood) this.#end(refusedTrouble(this.#access, packet.get("Message") ?? ""));
      else {
        this.#state = "ready";
        this.#onReady();
        this.#rest();
      }
    } else this.#rest();
  }

  /** Asks after a while whether the other side still lives: a connection may be lost without a word. */
  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask({ Action: "Ping" }), ALIVE);
  }

  #ask(fields: Readonly<Record<string, string>>): void {
    // A line break in a name would be a field of its own.
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, "")}\r\n`);
    this.#socket.write(`${lines.join("")}\r\n`);
    this.#wait(ANSWER);
  }
}

function open({ host, port, tls }: ManagerAccess & { readonly tls?: ManagerTls }): Socket {
  if (tls === undefined) return connect({ host, port, keepAlive: true });
  const name = tls.name ?? host;
  const servername = isIP(name) === 0 ? { servername: name } : {};
  return connectTls({ host, port, ...servername, ...(tls.ca === undefined ? {} : { ca: tls.ca }) });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
