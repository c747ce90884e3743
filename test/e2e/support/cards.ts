/** Public test numbers; docs/integrators/sandbox.md says what the sandbox does with each. */
export const CARDS = {
  approved: '4111111111111111',
  declined: '4000000000000002',
  slow: '4000000000001059',
  timeoutAfterCharge: '4000000000001018',
  garbageAfterCharge: '4000000000001034',
};
