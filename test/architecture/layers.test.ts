import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PROJECT = path.resolve(__dirname, '..', '..');
const CRUISER = path.join(PROJECT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const CONFIG = '.dependency-cruiser.cjs';

type Sources = Readonly<Record<string, readonly string[]>>;

/** A small project of the same rooms, by the rules. File, and what it imports. */
const MODEL: Sources = {
  'src/main.ts': [
    './ari/asterisk-telephony',
    './call/live-call',
    './connector/run-connectors',
    './flow/run/run-flow',
    './http/server',
    './payment/connector-payment-gateway',
    './payment/payments',
    './sandbox/spawn-sandbox',
    './store/sqlite-journal',
  ],
  'src/errors.ts': [],
  'src/ports/clock.ts': ['../errors'],
  'src/card/luhn.ts': ['../errors'],
  'src/dtmf/collector.ts': ['../ports/clock', '../card/luhn'],
  'src/connector/describe.ts': ['../ports/clock'],
  'src/connector/run-connectors.ts': ['./describe', 'undici', 'node:https'],
  'src/flow/parse.ts': ['../card/luhn', '../connector/describe'],
  'src/flow/run/run-flow.ts': ['../parse', '../../ports/clock'],
  'src/call/live-call.ts': ['./waiting', '../dtmf/collector'],
  'src/call/player.ts': ['../ports/clock'],
  'src/call/waiting.ts': ['./player'],
  'src/payment/payments.ts': ['../ports/clock', '../card/luhn'],
  'src/payment/connector-payment-gateway.ts': ['../ports/clock', '../connector/describe'],
  'src/ari/asterisk-telephony.ts': ['./frames', 'ws'],
  'src/ari/frames.ts': ['../ports/clock'],
  'src/store/sqlite-journal.ts': ['../ports/clock', 'better-sqlite3', 'node:worker_threads'],
  'src/http/server.ts': ['../errors', 'fastify'],
  'src/sandbox/spawn-sandbox.ts': ['node:child_process'],
  'src/sandbox/main.ts': ['./server'],
  'src/sandbox/server.ts': ['fastify'],
  'src/lab/demo.ts': ['../main', '../ari/frames'],
  'src/cli/main.ts': ['../lab/demo', '../flow/parse', '../connector/run-connectors'],
  'test/support/clock.ts': [],
};

/** What breaks each rule, and no other: a file, new or of the model, and what it imports beside. */
const BREACHES: readonly (readonly [rule: string, file: string, imported: string])[] = [
  ['no-cycles', 'src/call/player.ts', './waiting'],
  ['main-is-imported-by-nobody', 'src/http/health.ts', '../main'],
  ['ports-import-only-errors', 'src/ports/vault.ts', '../card/luhn'],
  ['ports-import-only-errors', 'src/ports/files.ts', 'node:fs'],
  ['pure-rooms-see-ports-errors-and-each-other', 'src/card/vault.ts', '../call/player'],
  ['pure-rooms-see-ports-errors-and-each-other', 'src/flow/compile.ts', './run/run-flow'],
  ['pure-rooms-see-ports-errors-and-each-other', 'src/connector/render.ts', './run-connectors'],
  ['pure-rooms-do-no-io', 'src/card/brands.ts', 'node:fs'],
  ['pure-rooms-do-no-io', 'src/flow/load.ts', 'node:fs/promises'],
  ['pure-rooms-do-no-io', 'src/connector/answer.ts', 'undici'],
  ['dtmf-and-card-know-no-flow', 'src/dtmf/fields.ts', '../flow/parse'],
  ['dtmf-and-card-know-no-flow', 'src/card/slot.ts', '../connector/describe'],
  ['rules-see-ports-pure-and-their-own-room', 'src/call/charging.ts', '../payment/payments'],
  ['rules-see-ports-pure-and-their-own-room', 'src/payment/speaking.ts', '../call/player'],
  ['rules-see-ports-pure-and-their-own-room', 'src/session/keeping.ts', '../http/server'],
  ['flow-run-sees-ports-pure-and-its-own-room', 'src/flow/run/say.ts', '../../call/player'],
  ['connector-run-sees-ports-pure-and-its-own-room', 'src/connector/run-http.ts', '../payment/payments'],
  ['rules-use-no-driver', 'src/payment/storing.ts', 'better-sqlite3'],
  ['rules-use-no-driver', 'src/flow/run/fetching.ts', 'undici'],
  ['adapters-are-imported-by-main-only', 'src/http/journal.ts', '../store/sqlite-journal'],
  ['adapters-are-imported-by-main-only', 'src/payment/gateways.ts', './connector-payment-gateway'],
  ['adapters-see-ports-pure-and-their-own-room', 'src/store/redis-journal.ts', '../payment/payments'],
  ['only-ari-knows-asterisks-wire', 'src/asterisk/console.ts', '../ari/frames'],
  ['the-outside-world-is-imported-by-nobody', 'src/http/sandbox.ts', '../sandbox/server'],
  ['the-outside-world-is-imported-by-nobody', 'src/observe/robots.ts', '../lab/demo'],
  ['main-starts-the-sandbox-and-no-more-of-the-outside-world', 'src/main.ts', './sandbox/server'],
  ['no-test-code-in-the-product', 'src/http/fake.ts', '../../test/support/clock'],
  ['no-orphans', 'src/card/forgotten.ts', ''],
];

const FOLDERS: string[] = [];

afterAll(() => {
  for (const folder of FOLDERS) rmSync(folder, { recursive: true, force: true });
});

function plant(sources: Sources): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'hushtone-layers-'));
  FOLDERS.push(folder);
  copyFileSync(path.join(PROJECT, CONFIG), path.join(folder, CONFIG));
  const files: [string, string][] = Object.entries(sources).map(([file, imports]) => [
    file,
    `${imports.map((name) => `import '${name}';`).join('\n')}\nexport {};\n`,
  ]);
  const drivers = ['ws', 'undici', 'better-sqlite3', 'fastify'];
  const more: [string, string][] = drivers.map((name) => [`node_modules/${name}/index.js`, '']);
  const names = Object.fromEntries(drivers.map((name) => [name, '1.0.0']));
  more.push(['package.json', JSON.stringify({ dependencies: names })], ['tsconfig.json', '{}']);
  for (const [file, text] of [...files, ...more]) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** `rule: from -> to` of everything that breaks a rule. */
function findBreaches(sources: Sources): readonly string[] {
  const args = [CRUISER, '--config', CONFIG, '--output-type', 'json', 'src'];
  const json = execFileSync(process.execPath, args, { cwd: plant(sources), encoding: 'utf8' });
  const { summary } = JSON.parse(json) as { summary: { violations: readonly Violation[] } };
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to === from ? '' : to}`);
}

/** How the cruiser names what a file imports. */
function resolved(file: string, imported: string): string {
  if (imported.startsWith('.')) return `${path.posix.join(path.posix.dirname(file), imported)}.ts`;
  return imported.startsWith('node:') ? imported.slice('node:'.length) : `node_modules/${imported}/index.js`;
}

function withBreaches(): Sources {
  const sources: Record<string, readonly string[]> = { ...MODEL };
  for (const [, file, imported] of BREACHES) sources[file] = [...(sources[file] ?? []), imported].filter(Boolean);
  return sources;
}

describe('the direction of imports', () => {
  it('leaves a project that keeps to it alone', () => {
    expect(findBreaches(MODEL)).toEqual([]);
  });

  it('has every breach found, by its own rule and no other', () => {
    const found = findBreaches(withBreaches());
    const planted = BREACHES.map(
      ([rule, file, imported]) => `${rule}: ${file} -> ${imported === '' ? '' : resolved(file, imported)}`,
    );
    expect([...found].sort()).toEqual(planted.sort());
  });

  it('has a breach here for every rule', () => {
    const config = jest.requireActual<{ forbidden: readonly { name: string }[] }>(path.join(PROJECT, CONFIG));
    expect(new Set(BREACHES.map(([rule]) => rule))).toEqual(new Set(config.forbidden.map(({ name }) => name)));
  });
});
