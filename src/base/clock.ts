/** Time, handed in so that pure rooms and tests need no real one. */
export interface Clock {
  /** Milliseconds that never go back; the zero is arbitrary. */
  now(): number;
  /** Milliseconds since 1970, as the machine believes. */
  wall(): number;
}
