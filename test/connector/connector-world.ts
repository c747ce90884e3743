import path from 'node:path';
import { MemoryCardVault } from '../../src/card/vault';
import { describeConnector } from '../../src/connector/describe';
import { createConnectors } from '../../src/connector/run-connectors';
import type { RunningConnectors } from '../../src/connector/run-connectors';
import { loadConnectors, loadSecrets } from '../../src/connector/run-load';
import { SystemClock } from '../../src/observe/system-clock';
import { ConnectorPaymentGateway } from '../../src/payment/connector-payment-gateway';
import type { RecordCallEvent } from '../../src/ports/call-events';
import type { SensitiveField } from '../../src/ports/card-vault';
import type { Clock } from '../../src/ports/clock';
import type { ChargeRequest } from '../../src/ports/payment-gateway';

const FLOWS = path.join(__dirname, '../../flows');

/** The shipped connectors, running against `sandboxUrl`, with what they recorded. */
export interface ConnectorWorld {
  readonly connectors: RunningConnectors;
  readonly gateway: ConnectorPaymentGateway;
  readonly vault: MemoryCardVault;
  readonly logged: string[];
  /** Puts digits into the vault; the reference. */
  seal(field: SensitiveField, digits: string, owner?: string): string;
  card(number: string, otp?: string): ChargeRequest['card'];
  chargeRequest(number: string, order: string, more?: Partial<ChargeRequest>): ChargeRequest;
}

export async function connectorWorld(
  sandboxUrl: string,
  clock: Clock = new SystemClock(),
  ca?: string,
): Promise<ConnectorWorld> {
  const { connectors: loaded } = await loadConnectors(path.join(FLOWS, 'connectors'));
  const { secrets } = await loadSecrets(path.join(FLOWS, 'sandbox-secrets.yaml'));
  let made = 0;
  const vault = new MemoryCardVault({ clock, makeId: (prefix) => `${prefix}_${++made}` });
  const logged: string[] = [];
  const record: RecordCallEvent = (call, event) => void logged.push(JSON.stringify({ call, ...event }));
  const settings = { sandbox_url: sandboxUrl };
  const connectors = createConnectors({
    connectors: loaded,
    settings,
    secrets,
    vault,
    clock,
    record,
    ...(ca === undefined ? {} : { ca }),
  });
  const descriptions = new Map([...loaded].map(([id, connector]) => [id, describeConnector(connector)]));
  const seal = (field: SensitiveField, digits: string, owner = 'call_1'): string =>
    vault.put(owner, field, Buffer.from(digits)).ref ?? '';
  const card = (number: string, otp = '123456'): ChargeRequest['card'] => ({
    number: seal('card-number', number),
    expiry: seal('expiration-date', '1229'),
    securityCode: seal('security-code', '123'),
    otp: seal('otp', otp),
  });
  return {
    connectors,
    gateway: new ConnectorPaymentGateway({ connectors, descriptions }),
    vault,
    logged,
    seal,
    card,
    chargeRequest: (number, order, more = {}) => ({
      connector: 'otp-pay',
      owner: 'call_1',
      attempt: `attempt-${order}`,
      gatewayReference: `${order}-1`,
      amountMinor: 250050,
      currency: 'INR',
      channel: 'phone',
      card: card(number),
      values: {},
      mayLeave: () => true,
      ...more,
    }),
  };
}
