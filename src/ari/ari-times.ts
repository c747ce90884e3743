import type { ConnectionTimes } from './connection';

/** Times in ms. */
export interface AriTimes extends ConnectionTimes {
  /** For a command that is answered at once. */
  readonly commandMs: number;
  /** For a command that may wait for its channel. */
  readonly waitingCommandMs: number;
  /** For which a call waits for a lost connection. */
  readonly outageMs: number;
}

export const ARI_TIMES: AriTimes = {
  openMs: 5_000,
  pingMs: 5_000,
  retryMs: 100,
  longestRetryMs: 5_000,
  commandMs: 5_000,
  waitingCommandMs: 10_000,
  outageMs: 30_000,
};
