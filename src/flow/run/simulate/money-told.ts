import type { Findings, Turn } from './findings';
import type { Place } from '../../ast';

/**
 * Outcomes after which money has moved, or may have; and those that say something else of the money. A caller was told when
 * they heard something that is not also said after one of those.
 */
const MOVED: Readonly<Record<string, readonly string[]>> = {
  approved: ['declined', 'otp-invalid', 'error'],
  pending: ['declined', 'otp-invalid'],
  unknown: ['approved', 'declined', 'otp-invalid'],
};

/** A payment of one path, and what the caller heard from its outcome until they keyed something, or to the end. */
export interface ToldPayment {
  readonly step: string;
  readonly place: Place;
  readonly outcome: string;
  /** Recordings. */
  readonly heard: ReadonlySet<string>;
  /** The caller hung up, so nobody could tell them. */
  readonly callerGone: boolean;
  readonly path: readonly Turn[];
}

/** Compares what is said after each outcome of each payment. */
export function findUntold(payments: readonly ToldPayment[], findings: Findings): void {
  for (const payment of payments) {
    const against = MOVED[payment.outcome];
    if (against === undefined || payment.callerGone) continue;
    const elsewhere = payments.filter(({ step, outcome }) => step === payment.step && against.includes(outcome));
    const common = new Set(elsewhere.flatMap(({ heard }) => [...heard]));
    if ([...payment.heard].some((sound) => !common.has(sound))) continue;
    const { step, place, outcome, path, heard } = payment;
    const how = heard.size === 0 ? 'hears nothing after it' : 'hears only what is also said when nothing was charged';
    const what = `the payment is ${INWORDS[outcome] ?? outcome}, and the caller ${how}`;
    findings.add({ kind: 'not-told', step, place, what, path });
  }
}

const INWORDS: Readonly<Record<string, string>> = {
  approved: 'approved: money has moved',
  pending: 'pending: money may move',
  unknown: 'unknown: money may have moved',
};
