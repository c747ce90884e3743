import type { Telephony } from '../ports/telephony';
import { orAborted } from './waiting';

/** The bridge in which one caller sits from the answer on: made once, and not left behind however its making ends. */
export class Seat {
  private making: Promise<void> | null = null;
  private taken = false;

  constructor(
    private readonly channel: string,
    private readonly telephony: Telephony,
    private id: string,
    /** Aborted when the call is over: its teardown would not know of a bridge that is made later. */
    private readonly over: AbortSignal,
  ) {}

  get bridge(): string {
    return this.id;
  }

  /** The caller has been answered, and sits here or may come back. */
  get isTaken(): boolean {
    return this.taken;
  }

  /** Answers and puts the caller here. Idempotent. `onTaken` is told when it is done. */
  answer(onTaken: () => void): Promise<void> {
    return this.make(async () => {
      await this.telephony.createBridge(this.id);
      await this.telephony.answer(this.channel);
      await this.telephony.addToBridge(this.id, this.channel, true);
      this.taken = true;
      onTaken();
    });
  }

  /** For a caller who was answered before, is elsewhere and may come back. */
  prepare(): Promise<void> {
    return this.make(async () => {
      await this.telephony.createBridge(this.id);
      this.taken = true;
    });
  }

  /** A bridge that another process made, in which the caller sits. */
  own(bridge: string): void {
    this.id = bridge;
    this.making = Promise.resolve();
    this.taken = true;
  }

  /** One that is still on its way is destroyed after its making has settled. */
  async destroy(): Promise<void> {
    if (this.making === null) return;
    await this.making.catch(() => undefined);
    await this.telephony.destroyBridge(this.id);
  }

  private async make(how: () => Promise<void>): Promise<void> {
    this.over.throwIfAborted();
    this.making ??= how();
    return orAborted(this.making, this.over);
  }
}
