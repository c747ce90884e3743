import type { Attempt } from '../ports/payment-journal';
import type { PaymentOutcome, PaymentResult } from '../ports/payments';

/** What an attempt's own caller is told. Never `declined` or `error` while money may have moved. */
export function resultOf(attempt: Attempt): PaymentResult {
  return { outcome: outcomeOf(attempt), reference: quotable(attempt), reason: attempt.reason };
}

/** What a caller is told whose order another attempt blocks. */
export function blockedResult(blockedBy: Attempt): PaymentResult {
  const reference = quotable(blockedBy);
  if (blockedBy.state === 'approved') {
    return { outcome: 'already-paid', reference, reason: 'an earlier attempt paid this order' };
  }
  return { outcome: 'pending', reference, reason: `an earlier attempt of this order is ${blockedBy.state}` };
}

export function errorResult(reason: string): PaymentResult {
  return { outcome: 'error', reference: '', reason };
}

function outcomeOf(attempt: Attempt): PaymentOutcome {
  switch (attempt.state) {
    case 'approved':
      return 'approved';
    case 'declined':
      return attempt.otpInvalid ? 'otp-invalid' : 'declined';
    case 'abandoned':
    case 'not_found':
      return 'error';
    case 'created':
      return 'pending';
    case 'submitting':
    case 'unknown':
    case 'reconciling':
    case 'manual_review':
      return 'unknown';
  }
}

/** What the caller can quote: the gateway's own id where there is one. */
function quotable(attempt: Attempt): string {
  return attempt.gatewayId === '' ? attempt.gatewayReference : attempt.gatewayId;
}
