import { connectorWorld } from './connector-world';
import type { ConnectorWorld } from './connector-world';
import { startSandboxProcess } from '../support/sandbox-process';
import type { SandboxProcess } from '../support/sandbox-process';
import type { ExchangeResult, Value } from '../../src/ports/connectors';

let sandbox: SandboxProcess;
let world: ConnectorWorld;

beforeAll(async () => {
  sandbox = await startSandboxProcess('--port', '0');
  world = await connectorWorld(sandbox.url);
});

afterAll(async () => {
  await world.connectors.close();
  await sandbox.stop();
});

function exchange(
  connector: string,
  operation: string,
  values: Record<string, Value>,
  sealed = {},
): Promise<ExchangeResult> {
  return world.connectors.exchange({ connector, operation, values, sealed, owner: 'call_1' });
}

const order = (id: string): Record<string, Value> => ({
  order_id: id,
  phone: '+919876543200',
  amount: '2500.50',
  currency: 'INR',
});

test('an OTP goes from the answer into the vault, and by SMS to the caller, without ever being a value', async () => {
  const generated = await exchange('otp-pay', 'generate', order('SMS-1'));
  expect(generated).toMatchObject({
    outcome: 'ok',
    sent: 'yes',
    status: 200,
    values: { otp_reference: expect.any(String) as string },
  });
  expect(world.vault.lengthOf(generated.sealed.otp ?? '')).toBe(6);
  const sent = await exchange(
    'sms-dlt',
    'send',
    { ...order('SMS-1'), to: '+919876543200', template: 'otp' },
    generated.sealed,
  );
  expect(sent).toMatchObject({ outcome: 'ok', status: 202 });
  const { messages } = (await sandbox.get('/sms?to=9876543200')) as { messages: object[] };
  expect(messages).toEqual([
    expect.objectContaining({
      message:
        '123456 is your one-time password for the payment of INR 2500.50 for order SMS-1. Never tell it to anybody. HUSHTN',
      template_id: '1107170000000000011',
      entity_id: '1101400000000000011',
      sender_id: 'HUSHTN',
    }),
  ]);
  expect(JSON.stringify([generated, sent, world.logged])).not.toContain('123456');
});

test('a receipt is filled in from the context, paths included', async () => {
  const context = { ...order('SMS-2'), payment: { reference: 'pay_42', outcome: 'approved' } };
  const sent = await exchange('sms-dlt', 'send', { ...context, to: '+911111122222', template: 'receipt' });
  expect(sent.outcome).toBe('ok');
  const { messages } = (await sandbox.get('/sms?to=1111122222')) as { messages: { message: string }[] };
  expect(messages[0]?.message).toBe(
    'We have received your payment of INR 2500.50 for order SMS-2. Reference: pay_42. HUSHTN',
  );
});

test('a message is not sent when a variable is missing or longer than the registration allows', async () => {
  const context = { ...order('SMS-3'), to: '+919876543200', template: 'receipt' };
  expect(await exchange('sms-dlt', 'send', context)).toMatchObject({
    outcome: 'error',
    sent: 'no',
    reason: 'the message needs payment.reference, which is missing',
  });
  const long = await exchange('sms-dlt', 'send', { ...context, payment: { reference: 'p'.repeat(31) } });
  expect(long).toMatchObject({ outcome: 'error', sent: 'no' });
  expect(long.reason).toContain('longer than the 30 characters');
});

test('the merchant tells the order of a caller, with the amount as a decimal text', async () => {
  expect(await exchange('lookup-transaction', 'run', { caller: '+919876500000' })).toMatchObject({
    outcome: 'ok',
    values: {
      order_id: 'ORD-1001',
      amount: '2500.50',
      currency: 'INR',
      phone: '+919876500000',
      return_to: 'agent-001',
    },
  });
  expect(await exchange('lookup-transaction', 'run', { caller: '+10000000' })).toMatchObject({
    outcome: 'none',
    status: 404,
  });
});

test('the merchant is told of a payment', async () => {
  const context = { ...order('CONF-1'), payment: { reference: 'pay_7' } };
  expect(await exchange('confirm-payment', 'run', context)).toMatchObject({ outcome: 'ok' });
  expect(await sandbox.get('/confirmations?order=CONF-1')).toMatchObject({
    confirmations: [{ order_id: 'CONF-1', amount: '2500.50', currency: 'INR', payment_reference: 'pay_7' }],
  });
});

test('each fault of each endpoint is an outcome with its reason', async () => {
  const faults = [
    ['otp', () => exchange('otp-pay', 'generate', order('FAULT-1')), { order: 'FAULT-1' }],
    [
      'confirm',
      () => exchange('confirm-payment', 'run', { ...order('FAULT-1'), payment: { reference: 'p' } }),
      { order: 'FAULT-1' },
    ],
    ['lookup', () => exchange('lookup-transaction', 'run', { caller: '+919876500100' }), { phone: '9876500100' }],
    ['charge-lookup', () => exchange('otp-pay', 'lookup', { reference: 'FAULT-1-1' }), { order: 'FAULT-1' }],
  ] as const;
  for (const [endpoint, ask, about] of faults) {
    await sandbox.post('/faults', { endpoint, kind: '500', ...about });
    await sandbox.post('/faults', { endpoint, kind: 'garbage', ...about });
    expect(await ask()).toMatchObject({ outcome: 'error', sent: 'yes', status: 500 });
    expect(await ask()).toMatchObject({
      outcome: 'error',
      sent: 'yes',
      status: 200,
      reason: expect.stringContaining('HTML or XML, not JSON') as string,
    });
    expect((await ask()).outcome).not.toBe('error');
  }
});

test('a connector that does not exist is an error, and nothing is sent', async () => {
  const result = await world.connectors.exchange({
    connector: 'nowhere',
    operation: 'run',
    values: {},
    sealed: {},
    owner: 'call_1',
  });
  expect(result).toMatchObject({ outcome: 'error', sent: 'no', reason: 'There is no connector of this name: nowhere' });
});
