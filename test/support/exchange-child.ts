/**
 * A process that pays once over TLS and then waits, so that a test can search its memory. The card number comes as bytes on
 * standard input and is never a string here, unless the mode is `leak`: then one is kept, which the search must find.
 */
import { readFileSync, readSync } from 'node:fs';
import { MemoryCardVault } from '../../src/card/vault';
import { parseConnector } from '../../src/connector/parse-connector';
import { createConnectors } from '../../src/connector/run-connectors';
import { SystemClock } from '../../src/observe/system-clock';

/** What it says, one JSON line each: first when it begins to pay, then when it has paid. */
export type ChildLine = { readonly generated: string } | { readonly charged: string; readonly kept: number };

function say(line: ChildLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const [, , mode = '', url = '', ca = '', connectorFile = ''] = process.argv;
const REFERENCE = `MEM-${process.pid}`;
const ORDER = { order_id: REFERENCE, phone: '+919876543200', amount: '2500.50', currency: 'INR' };
const OWNER = 'call_1';
const kept: string[] = [];

function readDigits(length: number): Buffer {
  const digits = Buffer.from(new ArrayBuffer(length));
  for (let at = 0; at < length; at += readSync(0, digits, at, length - at, null));
  return digits;
}

async function main(): Promise<void> {
  const { connector } = parseConnector(readFileSync(connectorFile, 'utf8'), connectorFile);
  if (connector === null) throw new Error('the connector has mistakes');
  let made = 0;
  const vault = new MemoryCardVault({ clock: new SystemClock(), makeId: (prefix) => `${prefix}_${++made}` });
  const secrets = { otp_pay_user: 'sandbox-merchant', otp_pay_password: 'sandbox-password' };
  const connectors = createConnectors({
    connectors: new Map([[connector.id, connector]]),
    settings: { sandbox_url: url },
    secrets,
    vault,
    clock: new SystemClock(),
    record: () => undefined,
    ca: readFileSync(ca, 'utf8'),
  });
  const number = readDigits(16);
  if (mode === 'leak') kept.push(`card ${number.toString('latin1')}`, ['"otp":"', '123456"'].join(''));
  const card_number = vault.put(OWNER, 'card-number', number).ref ?? '';
  const expiry = vault.put(OWNER, 'expiration-date', Buffer.from('1229')).ref ?? '';
  const security_code = vault.put(OWNER, 'security-code', Buffer.from('123')).ref ?? '';
  const generated = await connectors.exchange({
    connector: 'otp-pay',
    operation: 'generate',
    values: ORDER,
    sealed: {},
    owner: OWNER,
  });
  const values = {
    attempt: REFERENCE,
    reference: `${REFERENCE}-1`,
    amount_minor: 250050,
    currency: 'INR',
    channel: 'phone',
  };
  const sealed = { card_number, expiry, security_code, otp: generated.sealed.otp ?? '' };
  say({ generated: generated.outcome });
  const charged = await connectors.exchange({
    connector: 'otp-pay',
    operation: 'charge',
    values,
    sealed,
    owner: OWNER,
  });
  vault.wipeOwner(OWNER);
  process.stdout.write(`${JSON.stringify({ charged: charged.outcome, kept: kept.length })}
`);
  setInterval(() => kept.length, 1000);
}

void main();
