'use strict';

/**
 * The direction of imports: down only (docs/contributors/architecture.md draws it).
 * `test/architecture/layers.test.ts` plants a breach of each rule and proves that it is found.
 */
const PURE = '^src/(dtmf/|card/|flow/(?!run/)|connector/(?!run-))';
const ADAPTER = '^src/([^/]+)/(asterisk|sqlite|file|redis|sandbox|connector|pino|http)-[^/]*\\.ts$';
const IO_CORE = '^(fs|fs/promises|net|tls|http|https|http2|dgram|child_process|worker_threads|os|dns|cluster)$';
const DRIVER = 'node_modules/(ws|undici|better-sqlite3|fastify|@fastify|pino|ioredis|dotenv)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'main-is-imported-by-nobody',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|cli/main|lab/)' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'ports-import-only-errors',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(ports/|errors\\.ts)' },
    },
    {
      name: 'pure-rooms-see-ports-errors-and-each-other',
      severity: 'error',
      from: { path: PURE },
      to: { path: '^src/', pathNot: [PURE, '^src/ports/', '^src/errors\\.ts$'] },
    },
    {
      name: 'pure-rooms-do-no-io',
      severity: 'error',
      from: { path: PURE },
      to: { path: [IO_CORE, DRIVER] },
    },
    {
      name: 'dtmf-and-card-know-no-flow',
      severity: 'error',
      from: { path: '^src/(dtmf|card)/' },
      to: { path: '^src/(flow|connector)/' },
    },
    {
      name: 'rules-see-ports-pure-and-their-own-room',
      severity: 'error',
      from: { path: '^src/(call|payment|session)/' },
      to: { path: '^src/', pathNot: [PURE, '^src/ports/', '^src/errors\\.ts$', '^src/$1/'] },
    },
    {
      name: 'flow-run-sees-ports-pure-and-its-own-room',
      severity: 'error',
      from: { path: '^src/flow/run/' },
      to: { path: '^src/', pathNot: [PURE, '^src/ports/', '^src/errors\\.ts$', '^src/flow/'] },
    },
    {
      name: 'connector-run-sees-ports-pure-and-its-own-room',
      severity: 'error',
      from: { path: '^src/connector/run-' },
      to: { path: '^src/', pathNot: [PURE, '^src/ports/', '^src/errors\\.ts$', '^src/connector/'] },
    },
    {
      name: 'rules-use-no-driver',
      severity: 'error',
      from: { path: ['^src/(call|payment|session|flow/run)/'], pathNot: ADAPTER },
      to: { path: DRIVER },
    },
    {
      name: 'adapters-are-imported-by-main-only',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(main|cli/|lab/)', ADAPTER] },
      to: { path: ADAPTER },
    },
    {
      name: 'adapters-see-ports-pure-and-their-own-room',
      severity: 'error',
      from: { path: ADAPTER, pathNot: '^src/(cli|http)/' },
      to: { path: '^src/', pathNot: [PURE, '^src/ports/', '^src/errors\\.ts$', '^src/$1/'] },
    },
    {
      name: 'only-ari-knows-asterisks-wire',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(ari/|main|cli/|lab/)'] },
      to: { path: '^src/ari/' },
    },
    {
      name: 'the-outside-world-is-imported-by-nobody',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|(lab|sandbox|cli)/)' },
      to: { path: '^src/(lab|sandbox|cli)/' },
    },
    {
      name: 'main-starts-the-sandbox-and-no-more-of-the-outside-world',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/(lab|sandbox|cli)/', pathNot: '^src/sandbox/spawn-sandbox\\.ts$' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/(main|cli/main|sandbox/main)\\.ts$|\\.d\\.ts$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
