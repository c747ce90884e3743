/** Public test numbers; docs/integrators/sandbox.md says what the sandbox does with each. */
export const CARDS = {
  approved: '4111111111111111',
  declined: '4000000000000002',
  slow: '4000000000001059',
  wrongAmount: '4000000000001042',
  wrongCurrency: '4000000000001091',
  wrongReference: '4000000000001109',
  timeoutWithoutCharge: '4000000000001067',
  errorWithoutCharge: '4000000000001075',
  errorAfterCharge: '4000000000001026',
  dropAfterCharge: '4000000000001083',
  timeoutAfterCharge: '4000000000001018',
  garbageAfterCharge: '4000000000001034',
};
