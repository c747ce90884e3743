import type { Telephony } from '../ports/telephony';
import { orAborted } from './waiting';

/**
 * One caller's place with us: answered, and in a bridge once somebody is to join them. Before that nobody could hear them, so a
 * call that ends without a return needs no bridge. What was begun is not left behind, however it ends.
 */
export class Seat {
  private answering: Promise<void> | null = null;
  private answered = false;
  private sitting: Promise<void> | null = null;
  /** Asked for: the bridge may be there even when the switch did not say so. */
  private begun = false;
  private made = false;

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

  /** The caller has been answered, and is here or may come back. */
  get isTaken(): boolean {
    return this.answered;
  }

  /** Answers. Idempotent. `onTaken` is told when it is done, and whether the caller's voice has gone with it. */
  answer(onTaken: (muted: boolean) => void): Promise<void> {
    this.over.throwIfAborted();
    this.answering ??= this.telephony.answer(this.channel).then((muted) => {
      this.answered = true;
      onTaken(muted);
    });
    return orAborted(this.answering, this.over);
  }

  /** For a caller whom another process answered, is elsewhere and may come back. */
  found(): void {
    this.answered = true;
  }

  /** Puts the caller into the bridge, keys absorbed: before anybody else comes. Idempotent; what failed may be tried again. */
  take(): Promise<void> {
    this.over.throwIfAborted();
    this.sitting ??= this.sit();
    return orAborted(this.sitting, this.over);
  }

  /** The caller has left the bridge for the dialplan. */
  left(): void {
    this.sitting = null;
  }

  /** A bridge that another process made, in which the caller sits. */
  own(bridge: string): void {
    this.id = bridge;
    this.begun = true;
    this.made = true;
    this.sitting = Promise.resolve();
    this.answered = true;
  }

  /** One that is still on its way is destroyed after its making has settled. */
  async destroy(): Promise<void> {
    if (!this.begun) return;
    await this.sitting?.catch(() => undefined);
    await this.telephony.destroyBridge(this.id);
  }

  private async sit(): Promise<void> {
    this.begun = true;
    try {
      if (!this.made) await this.telephony.createBridge(this.id);
      this.made = true;
      await this.telephony.addToBridge(this.id, this.channel, true);
    } catch (error) {
      this.sitting = null;
      throw error;
    }
  }
}
