import path from 'node:path';
import { missingNeeds } from '../../src/connector/check-needs';
import { loadConnectors, loadSecrets, secretsFileOf, SETTING_NAMES } from '../../src/connector/run-load';

const FLOWS = path.join(__dirname, '../../flows');

test('the shipped connectors are well and every secret they need is in the shipped secrets file', async () => {
  const { connectors, mistakes } = await loadConnectors(path.join(FLOWS, 'connectors'));
  expect(mistakes).toEqual([]);
  expect([...connectors.keys()]).toEqual([
    'confirm-payment',
    'ivr-authorizer',
    'lookup-transaction',
    'otp-pay',
    'sandbox',
    'sms-dlt',
  ]);
  const file = secretsFileOf(null, FLOWS);
  const secrets = await loadSecrets(file);
  expect(secrets.mistakes).toEqual([]);
  expect(missingNeeds(connectors.values(), SETTING_NAMES, Object.keys(secrets.secrets), file)).toEqual([]);
});
