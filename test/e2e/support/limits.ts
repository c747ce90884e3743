/** No measure of anything: it ends a test that hangs, where no wait of its own has ended it before. ms. */
export const TEST_LIMIT_MS = 300_000;
