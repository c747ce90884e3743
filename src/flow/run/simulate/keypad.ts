import type { VirtualClock } from './virtual-clock';

/** A key (ASCII byte) that will be pressed, monotonic ms. */
export interface Press {
  readonly key: number;
  readonly at: number;
}

/** Between two keys of somebody who knows their number. */
const KEY_GAP_MS = 300;
const COMMA_MS = 1_000;

/** The caller's fingers: they press key after key, whatever becomes of the field meanwhile. */
export class Keypad {
  private readonly coming = new Set<Press>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly press: (key: number) => void,
  ) {}

  /** Keys that are still to be pressed. */
  get pending(): readonly Press[] {
    return [...this.coming];
  }

  get isBusy(): boolean {
    return this.coming.size > 0;
  }

  /** Keys one after another, a comma for a pause of 1 s. */
  type(keys: string): void {
    let at = this.clock.monotonic();
    for (const key of keys) {
      at += key === ',' ? COMMA_MS : KEY_GAP_MS;
      if (key !== ',') this.goOn([{ key: key.charCodeAt(0), at }]);
    }
  }

  /** Presses these when their time comes. */
  goOn(presses: readonly Press[]): void {
    for (const press of presses) {
      this.coming.add(press);
      this.clock.after(press.at - this.clock.monotonic(), () => {
        this.coming.delete(press);
        this.press(press.key);
      });
    }
  }
}
