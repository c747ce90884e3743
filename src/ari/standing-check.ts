import { isError, messageOf } from '../errors';
import type { Clock } from '../ports/clock';
import type { Logger } from '../ports/logger';

/** For so long an answer counts: a log that somebody adds is noticed within this time, and a thousand calls ask no more often. ms */
const FRESH_MS = 10_000;

/**
 * Whether the Asterisk is still one on which cards may be keyed. It was when the engine connected; but somebody who looks for a fault
 * adds a log with keys in it, or loads a module, while calls come in.
 */
export class StandingCheck {
  /** Monotonic, ms. */
  private last = -Infinity;
  private checking: Promise<void> | null = null;
  private unsafe: string | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** @throws HushtoneError `asterisk-unsafe`, or that nobody can tell */
    private readonly look: () => Promise<void>,
  ) {}

  /** The engine has just looked, and it was well. */
  passed(): void {
    this.last = this.clock.monotonic();
    this.tell(null);
  }

  /** @throws HushtoneError `asterisk-unsafe`; whatever keeps it from finding out is an error, too. */
  async assertSafe(): Promise<void> {
    if (this.unsafe === null && this.clock.monotonic() - this.last < FRESH_MS) return;
    this.checking ??= this.check().finally(() => (this.checking = null));
    await this.checking;
  }

  /** What was wrong when somebody looked last, in words. Looks again meanwhile, for whoever asks next. */
  get problem(): string | null {
    void this.assertSafe().catch(() => undefined);
    return this.unsafe;
  }

  private async check(): Promise<void> {
    try {
      await this.look();
      this.passed();
    } catch (error) {
      if (isError(error, 'asterisk-unsafe')) this.tell(messageOf(error));
      throw error;
    }
  }

  private tell(unsafe: string | null): void {
    if (unsafe !== null && unsafe !== this.unsafe) this.logger.error('asterisk-unsafe', { reason: unsafe });
    if (unsafe === null && this.unsafe !== null) this.logger.info('asterisk-safe');
    this.unsafe = unsafe;
  }
}
