/**
 * How long whoever watches a real system waits for what is to happen next, ms. No measure of anything: what happens ends the
 * wait, on a slow machine later. It is there for what never happens.
 */
export const PATIENCE_MS = 90_000;
