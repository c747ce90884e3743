import type { CardVault } from '../ports/card-vault';
import type { SealedCard } from '../ports/payment-gateway';

export interface CardLease {
  /** Wipes the card, or its OTP alone. Only the first call counts. Slots that another payment is using stay. */
  end(wipe: 'card' | 'otp'): void;
}

/**
 * Wipes a card's slots as soon as the payment that used them is through. A second attempt at the same moment, refused
 * because of the first, must not wipe the card under the first one's hands.
 */
export class CardLeases {
  private readonly users = new Map<string, number>();

  constructor(private readonly vault: CardVault) {}

  /** Of a card that the gateway keeps (null) there is nothing to wipe. */
  take(card: SealedCard | null): CardLease {
    const otp = card?.otp === undefined || card.otp === null ? [] : [card.otp];
    const all = card === null ? [] : [card.number, card.expiry, card.securityCode, ...otp];
    for (const ref of all) this.users.set(ref, this.usersOf(ref) + 1);
    let ended = false;
    return {
      end: (wipe) => {
        if (ended) return;
        ended = true;
        for (const ref of all) this.leave(ref, wipe === 'card' || otp.includes(ref));
      },
    };
  }

  private leave(ref: string, wipe: boolean): void {
    const others = this.usersOf(ref) - 1;
    if (others > 0) {
      this.users.set(ref, others);
      return;
    }
    this.users.delete(ref);
    if (wipe) this.vault.wipe(ref);
  }

  private usersOf(ref: string): number {
    return this.users.get(ref) ?? 0;
  }
}
