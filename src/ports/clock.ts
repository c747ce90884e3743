/** Time, passed in, so that every rule with time in it is tested without sleeping. */
export interface Clock {
  /** Wall clock, ms since the epoch. May jump. */
  now(): number;
  /** ms that never go backwards, from an arbitrary start. For durations and deadlines inside one process. */
  monotonic(): number;
  /** Runs `action` once after `ms`; 0 means as soon as the current work is done. */
  after(ms: number, action: () => void): Timer;
}

export interface Timer {
  /** Idempotent. */
  cancel(): void;
}
