import type { Clock } from '../ports/clock';

export interface Otp {
  readonly reference: string;
  readonly order: string;
  readonly code: string;
  readonly expiresAt: number;
  used: boolean;
}

export type OtpVerdict = 'valid' | 'otp-invalid' | 'otp-expired';

/** How long an OTP is good, ms. */
export const OTP_LIFE_MS = 180_000;

/** The one-time passwords of the sandbox. A new one for an order makes the earlier ones of it useless. */
export class OtpBook {
  private readonly otps: Otp[] = [];

  constructor(
    private readonly clock: Clock,
    /** A whole number from 0 to below `limit`. */
    private readonly random: (limit: number) => number,
  ) {}

  /** 123456 for phone numbers that end in 00, else random. */
  generate(order: string, phone: string): Otp {
    for (const earlier of this.otps) if (earlier.order === order) earlier.used = true;
    const code = phone.endsWith('00') ? '123456' : String(this.random(1_000_000)).padStart(6, '0');
    const reference = `otp_${this.otps.length + 1}`;
    const otp: Otp = { reference, order, code, expiresAt: this.clock.now() + OTP_LIFE_MS, used: false };
    this.otps.push(otp);
    return otp;
  }

  /** Compares a keyed OTP with the order's; a right one is used up. Without a reference the order's latest counts. */
  use(order: string, reference: string | null, keyed: string): OtpVerdict {
    const candidates = this.otps.filter(
      (otp) => otp.order === order && (reference === null || otp.reference === reference),
    );
    const otp = candidates.at(-1);
    if (otp === undefined || otp.used || otp.code !== keyed) return 'otp-invalid';
    if (this.clock.now() >= otp.expiresAt) return 'otp-expired';
    otp.used = true;
    return 'valid';
  }
}
