import type { Clock } from '../../../ports/clock';

/**
 * A call's payment may go on after the call: what it needs is held as long as that takes, ms. A charge that has been answered
 * by nobody until then is looked up with the latest definitions.
 */
export const LINGER_MS = 5 * 60_000;

interface Leaving<S> {
  readonly owner: string;
  readonly held: S;
  readonly since: number;
}

/** Who still needs which definitions. Those that nobody needs, and that no new call begins with, can be let go. */
export class Holds<S> {
  private readonly byOwner = new Map<string, S>();
  private readonly counts = new Map<S, number>();
  private readonly leaving: Leaving<S>[] = [];

  constructor(private readonly clock: Clock) {}

  /** @returns what to call when the call is over */
  hold(owner: string, held: S): () => void {
    this.byOwner.set(owner, held);
    this.counts.set(held, (this.counts.get(held) ?? 0) + 1);
    return () => {
      this.leaving.push({ owner, held, since: this.clock.monotonic() });
    };
  }

  /** What a call has, also shortly after its end. */
  of(owner: string): S | null {
    return this.byOwner.get(owner) ?? null;
  }

  /** Everything that some call has. */
  get held(): Iterable<S> {
    return this.counts.keys();
  }

  /** Forgets calls that are over for long enough. */
  tidy(): void {
    const until = this.clock.monotonic() - LINGER_MS;
    while (this.leaving[0] !== undefined && this.leaving[0].since <= until) {
      const { owner, held } = this.leaving[0];
      this.leaving.shift();
      this.byOwner.delete(owner);
      const left = (this.counts.get(held) ?? 1) - 1;
      if (left > 0) this.counts.set(held, left);
      else this.counts.delete(held);
    }
  }
}
