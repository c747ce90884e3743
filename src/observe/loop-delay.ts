/** At 20 ms the looking alone cost half a per cent of a core. ms */
const EVERY_MS = 100;

/** What is needed of the machine. */
export interface Ticker {
  /** Monotonic, ms. */
  readonly now: () => number;
  /** Does it again and again without keeping the process alive; returns how to stop. */
  readonly every: (ms: number, action: () => void) => () => void;
}

const MACHINE: Ticker = {
  now: () => performance.now(),
  every: (ms, action) => {
    const timer = setInterval(action, ms).unref();
    return () => {
      clearInterval(timer);
    };
  },
};

/**
 * Tells ten times a second by how many ms the event loop came late to a timer. Counted into a histogram that only grows, so that
 * several readers of the metrics take nothing from each other.
 *
 * @returns how to stop
 */
export function watchLoopDelay(tell: (ms: number) => void, { now, every }: Ticker = MACHINE): () => void {
  let last = now();
  return every(EVERY_MS, () => {
    const at = now();
    tell(Math.max(0, at - last - EVERY_MS));
    last = at;
  });
}
