'use strict';

const tsJest = ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false }];

/** Types are checked once by `npm run typecheck`, so the tests themselves only strip them. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': tsJest },
  clearMocks: true,
  // A net for what hangs, no measure: on a slow machine with other work, what takes twenty seconds alone may take two minutes.
  testTimeout: 600_000,
  // Real calls mostly wait for prompts to be spoken, so many go beside one another.
  maxConcurrency: 12,
};
