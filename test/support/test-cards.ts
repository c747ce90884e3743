/** Public test numbers, all Luhn-valid, by what the sandbox does with them (docs/integrators/sandbox.md). */
export const TEST_CARDS = {
  approveVisa: '4111111111111111',
  approveMastercard: '5555555555554444',
  approveAmex: '378282246310005',
  approveRupay: '6521000000000007',
  decline: '4000000000000002',
  insufficientFunds: '4000000000009995',
  timeoutAfterCharge: '4000000000001018',
  errorAfterCharge: '4000000000001026',
  garbageAfterCharge: '4000000000001034',
  wrongAmount: '4000000000001042',
  slowApprove: '4000000000001059',
  timeoutWithoutCharge: '4000000000001067',
  errorWithoutCharge: '4000000000001075',
  dropAfterCharge: '4000000000001083',
  wrongCurrency: '4000000000001091',
  wrongReference: '4000000000001109',
} as const;

/** The sandbox's OTP for telephone numbers that end in 00. */
export const SANDBOX_OTP = '123456';
