/** What a backend is judged by. */
export interface HealthRules {
  /** Failures in a row until it counts as down, and answers in a row until it counts as up again. */
  readonly downAfter: number;
  readonly upAfter: number;
  /** Status codes to an OPTIONS that mean it lives. Empty: every final answer but 503. */
  readonly expect: readonly number[];
}

/** One backend as the edge sees it. */
export interface Health {
  readonly name: string;
  up: boolean;
  /** The operator wants no new calls there; those that stand go on. */
  draining: boolean;
  /** Wall milliseconds of the last change of `up`. */
  since: number;
  /** What the last probe or call attempt met: "200", "no answer", "503"; empty before the first. */
  last: string;
  /** Failures or answers in a row, of the kind that would change `up`. */
  streak: number;
}

/** A backend before its first probe: believed to be up, or a restart would turn callers away. */
export function newHealth(name: string, draining: boolean, wall: number): Health {
  return { name, up: true, draining, since: wall, last: "", streak: 0 };
}

/** A final answer to a probe. True when `up` has changed. */
export function onAnswer(h: Health, status: number, rules: HealthRules, wall: number): boolean {
  const lives = rules.expect.length === 0 ? status !== 503 : rules.expect.includes(status);
  return note(h, lives, String(status), rules, wall);
}

/** A probe or a call attempt that was not answered, could not be sent, or met 503. True when `up` has changed. */
export function onFailure(h: Health, what: string, rules: HealthRules, wall: number): boolean {
  return note(h, false, what, rules, wall);
}

function note(h: Health, lives: boolean, what: string, rules: HealthRules, wall: number): boolean {
  h.last = what;
  if (lives === h.up) {
    h.streak = 0;
    return false;
  }
  h.streak++;
  if (h.streak < (lives ? rules.upAfter : rules.downAfter)) return false;
  h.up = lives;
  h.since = wall;
  h.streak = 0;
  return true;
}
