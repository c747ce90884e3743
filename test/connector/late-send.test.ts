import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { TEST_CARDS } from '../support/test-cards';
import { connectorWorld, type ConnectorWorld } from './connector-world';

/** A server that hears requests and hangs up on each. */
let heard: string[];
let server: http.Server;
let world: ConnectorWorld;

beforeEach(async () => {
  heard = [];
  server = http.createServer((request) => {
    heard.push(String(request.method));
    request.socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world = await connectorWorld(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await world.connectors.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a request whose sender says that it is too late', () => {
  test('does not leave: not a byte of it arrives, and it is proved not sent', async () => {
    const asked: number[] = [];
    const mayLeave = (): boolean => {
      asked.push(heard.length);
      return false;
    };
    const answer = await world.gateway.charge(world.chargeRequest(TEST_CARDS.approveVisa, 'LATE-1', { mayLeave }));
    expect(answer).toMatchObject({ outcome: 'not-sent' });
    expect(asked).toEqual([0]);
    expect(heard).toEqual([]);
  });

  test('leaves while it is not too late', async () => {
    const answer = await world.gateway.charge(world.chargeRequest(TEST_CARDS.approveVisa, 'LATE-2'));
    expect(answer).toMatchObject({ outcome: 'unknown' });
    expect(heard).toEqual(['POST']);
  });

  test('on the second try: that proves nothing about the first', async () => {
    const answers = [true, false];
    const result = await world.connectors.exchange({
      connector: 'otp-pay',
      operation: 'lookup',
      values: { reference: 'LATE-3-1', attempt: 'a' },
      sealed: {},
      owner: 'call_1',
      mayLeave: () => answers.shift() ?? false,
    });
    expect(heard).toEqual(['GET']);
    expect(answers).toEqual([]);
    expect(result).toMatchObject({ outcome: 'error', sent: 'maybe' });
  });
});
