import { ManualClock } from '../support/manual-clock';
import { oneConnector, type OneConnector } from '../support/one-connector';
import { httpAnswer, startRawGateway, type RawGateway } from '../support/raw-gateway';

const clock = new ManualClock();
let gateway: RawGateway;
let connector: OneConnector;

beforeAll(async () => {
  gateway = await startRawGateway();
});
beforeEach(() => {
  gateway.received.length = 0;
});
afterEach(async () => {
  await connector.close();
  expect(clock.running).toBe(0);
});
afterAll(() => gateway.close());

const OK = httpAnswer(200, '{}');

function shop(retry: string, url = gateway.url): OneConnector {
  connector = oneConnector(
    `connector: shop
base-url: '${url}'
operations:
  run: { method: POST, path: /x, json: { a: 1 }, retry: ${retry}, outcomes: { ok: { status: 200 } } }
`,
    { clock },
  );
  return connector;
}

test.each([
  ['safe', 'reset', 2, 'ok'],
  ['unknown', 'reset', 1, 'error'],
  ['unsafe', 'reset', 1, 'error'],
  ['safe', '503', 2, 'ok'],
  ['unknown', '503', 1, 'error'],
  ['unsafe', '503', 1, 'error'],
  ['safe', '500', 1, 'error'],
  ['safe', '302', 1, 'error'],
])('what is %s and met by %s is sent %i times', async (retry, fault, times, outcome) => {
  gateway.answer(fault === 'reset' ? 'reset' : httpAnswer(Number(fault), '{}', 'Location: /y\r\n'), OK);
  expect((await shop(retry).run()).outcome).toBe(outcome);
  expect(gateway.received).toHaveLength(times);
  expect(new Set(gateway.received).size).toBe(1);
});

test.each([
  ['safe', 2],
  ['unknown', 2],
  ['unsafe', 1],
])('what is %s and proved not to have left is tried %i times', async (retry, tries) => {
  let asked = 0;
  const mayLeave = (): boolean => {
    asked++;
    return false;
  };
  expect(await shop(retry).run({ mayLeave })).toMatchObject({ outcome: 'error', sent: 'no' });
  expect(asked).toBe(tries);
  expect(gateway.received).toEqual([]);
});
