import type { StoredFlow } from '../restore';
import type { Press } from './keypad';
import type { CallMemory } from './simulated-call';
import type { Settled } from './simulated-payments';

/**
 * A call as it has just come to a step, when nothing else is under way but keys that are still being pressed. Any number of
 * simulations can go on from it, each as the one that came here does.
 */
export interface Waypoint {
  readonly flow: StoredFlow;
  /** The step, or built-in state. */
  readonly state: string;
  /** ms since the call came in. */
  readonly elapsed: number;
  readonly pressing: readonly Press[];
  readonly call: CallMemory;
  readonly settled: Settled;
  /** Ids that were made. */
  readonly made: number;
}
