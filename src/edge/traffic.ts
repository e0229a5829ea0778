/** Methods that are counted by their names; any other is "other", for anybody may make one up. */
const METHODS = [
  "REGISTER",
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "OPTIONS",
  "MESSAGE",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
  "REFER",
  "INFO",
  "PRACK",
  "UPDATE",
];
const OTHER = "other";

interface Count {
  n: number;
}

/** Requests by method, and responses by class. */
export class Traffic {
  readonly #methods = new Map<string, Count>([...METHODS, OTHER].map((name) => [name, { n: 0 }]));
  readonly #other = this.#methods.get(OTHER) ?? { n: 0 };
  /** By the first digit. */
  readonly #received = new Float64Array(10);
  readonly #sent = new Float64Array(10);

  /** HOT. */
  request(method: string): void {
    (this.#methods.get(method) ?? this.#other).n++;
  }

  /** A response came in. HOT. */
  received(status: number): void {
    this.#received[(status / 100) | 0]++;
  }

  /** One went out, of ours or of somebody behind. HOT. */
  sent(status: number): void {
    this.#sent[(status / 100) | 0]++;
  }

  view(): TrafficView {
    return {
      requests: Object.fromEntries([...this.#methods].map(([name, { n }]) => [name, n])),
      received: classes(this.#received),
      sent: classes(this.#sent),
    };
  }
}

export interface TrafficView {
  readonly requests: Readonly<Record<string, number>>;
  /** Responses by class: "2xx". */
  readonly received: Readonly<Record<string, number>>;
  readonly sent: Readonly<Record<string, number>>;
}

function classes(counts: Float64Array): Record<string, number> {
  return Object.fromEntries([1, 2, 3, 4, 5, 6].map((digit) => [`${digit}xx`, counts[digit]]));
}
