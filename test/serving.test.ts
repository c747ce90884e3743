import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MemoryCardVault } from '../src/card/vault';
import { loadSurroundings, readFlows, type Surroundings } from '../src/definitions';
import { LINGER_MS } from '../src/flow/run/reload/holds';
import { LiveFlows } from '../src/flow/run/reload/live-flows';
import { randomIds } from '../src/observe/random-ids';
import { SystemClock } from '../src/observe/system-clock';
import { Serving } from '../src/serving';
import { MemoryFlowVersions } from './support/memory-flow-versions';

/** Real time, that can be said to have gone by. */
class LaterClock extends SystemClock {
  later = 0;

  override monotonic(): number {
    return super.monotonic() + this.later;
  }
}

let base: string;
let server: Server;
let asked: string[];
let clock: LaterClock;
let flows: LiveFlows<Surroundings>;
let serving: Serving;

const connector = (): string => path.join(base, 'flows', 'connectors', 'lookup-transaction.yaml');

beforeEach(async () => {
  base = mkdtempSync(path.join(tmpdir(), 'hushtone-serving-'));
  cpSync('flows', path.join(base, 'flows'), { recursive: true });
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.url?.split('?')[0]} ${request.headers.authorization}`);
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":"no-transaction"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  clock = new LaterClock();
  const folders = { flowsDir: path.join(base, 'flows'), soundsDir: 'sounds', secretsFile: null };
  const source = {
    flowFiles: () => readFlows(folders),
    surroundings: () => loadSurroundings(folders),
  };
  ({ flows } = await LiveFlows.start({ source, versions: new MemoryFlowVersions(), clock }));
  const settings = { sandbox_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const vault = new MemoryCardVault({ clock, makeId: randomIds });
  serving = new Serving({ flows, clock, connecting: { settings, vault, record: () => undefined } });
});

afterEach(async () => {
  await serving.close();
  await new Promise((resolve) => server.close(resolve));
  rmSync(base, { recursive: true, force: true });
});

async function save(change: () => void): Promise<void> {
  change();
  const reload = await flows.reload(true, () => Promise.resolve(true));
  expect(reload).toMatchObject({ surroundings: true });
}

async function lookUpFor(owner: string): Promise<string> {
  const request = { connector: 'lookup-transaction', operation: 'run', owner, values: { caller: '1' }, sealed: {} };
  const { outcome } = await serving.exchange(request);
  return outcome;
}

const served = () => {
  const found = flows.find('7001');
  if (found === null) throw new Error('nobody answers');
  return found;
};

it('asks in the name of a call with the connectors and secrets that it began with, and else with the latest', async () => {
  const letGo = serving.hold('call_1', served());
  const secrets = path.join(base, 'flows', 'sandbox-secrets.yaml');
  const [, old = ''] = /merchant_token: (\S+)/.exec(readFileSync(secrets, 'utf8')) ?? [];
  await save(() => {
    writeFileSync(connector(), readFileSync(connector(), 'utf8').replace('/merchant/transactions', '/new'));
    writeFileSync(secrets, readFileSync(secrets, 'utf8').replace(old, 'new-token'));
  });
  serving.hold('call_2', served());
  for (const owner of ['call_1', 'call_2', 'attempt_of_nobody']) expect(await lookUpFor(owner)).toBe('none');
  const before = `/merchant/transactions Bearer ${old.replaceAll(/['"]/g, '')}`;
  expect(asked).toEqual([before, '/new Bearer new-token', '/new Bearer new-token']);

  letGo();
  await serving.tidy();
  await lookUpFor('call_1');
  expect(asked.at(-1)).toBe(before);
  clock.later = LINGER_MS;
  await serving.tidy();
  await lookUpFor('call_1');
  expect(asked.at(-1)).toBe('/new Bearer new-token');
});

it('still finds a connector that is gone while a call of its time is not over', async () => {
  const letGo = serving.hold('call_1', served());
  await lookUpFor('call_1');
  await save(() => {
    rmSync(connector());
  });
  expect(serving.get('lookup-transaction')?.id).toBe('lookup-transaction');
  expect(await lookUpFor('attempt_of_nobody')).toBe('none');
  letGo();
  expect(await lookUpFor('call_1')).toBe('none');
});
