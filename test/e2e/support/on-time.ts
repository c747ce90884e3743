import type { PhoneCall } from '../../../src/lab/phone/phone-call';

/** A packet of audio: keys that are sent so late may come together, or far apart. */
const LATE_MS = 20;
/** At a scenario for which this machine was late each time before. */
const TRIES = 6;

/** Whether this machine was late with keys that were pressed, so that other keys came than were meant. */
export function wasLate(call: PhoneCall): boolean {
  return call.lateness.some((ms) => ms > LATE_MS);
}

interface Trial<T> {
  readonly begin: () => Promise<T>;
  readonly wasLate: (trial: T) => boolean;
  /** Ends what a scenario that failed has left. Rejects for what no key may ever do, which is not excused. */
  readonly settle: (trial: T) => Promise<void>;
}

/** Runs a scenario with keys; once more when it failed and this machine was late with them. */
export async function onTime<T>(trial: Trial<T>, scenario: (on: T) => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    const on = await trial.begin();
    try {
      await scenario(on);
      return;
    } catch (error) {
      await trial.settle(on);
      if (tries === TRIES || !trial.wasLate(on)) throw error;
    }
  }
}
