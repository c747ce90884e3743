/**
 * `ok`: as it should be. `warning`: calls can be taken, but somebody should look. `unverified`: cannot be seen from here, and
 * nobody has signed for it. `refused`: no card may be, or can be, collected like this.
 */
export type FindingLevel = 'ok' | 'warning' | 'unverified' | 'refused';

/** One thing that a start-up check has looked at. */
export interface Finding {
  /** What was looked at, in a word: `modules`, `clock`. */
  readonly about: string;
  readonly level: FindingLevel;
  /** What was found. */
  readonly found: string;
  /** What to do; '' when there is nothing to do. */
  readonly todo: string;
}
