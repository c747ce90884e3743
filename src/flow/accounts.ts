import { isMap } from 'yaml';
import type { ConnectorDescription } from '../connector/describe';
import type { Mistake } from './ast';
import { suggestion } from './nearest';
import { Fields } from './parse/fields';
import { kindOf, Source } from './parse/source';
import type { Keys } from './rule-shapes';
import { OPERATIONS } from './vocabulary';

/** A merchant's account: which connector takes its payments, in which currency. */
interface Account {
  readonly id: string;
  readonly connector: string;
  /** ISO 4217 code. */
  readonly currency: string;
}

export interface ParsedAccounts {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly mistakes: readonly Mistake[];
}

const FILE_KEYS = {
  accounts: { shape: { is: 'keys', keys: {} }, required: true, about: 'Account id to connector and currency' },
} as const satisfies Keys;

const ACCOUNT_KEYS = {
  connector: { shape: { is: 'name' }, required: true, about: 'A connector that can charge' },
  currency: { shape: { is: 'template' }, required: true, about: 'ISO 4217 code' },
} as const satisfies Keys;

/** Reads an `accounts.yaml`; every account's connector must be able to charge. */
export function parseAccounts(
  file: string,
  text: string,
  connectors: ReadonlyMap<string, ConnectorDescription>,
): ParsedAccounts {
  const source = new Source(file, text);
  const accounts = new Map<string, Account>();
  const parsed = { accounts, mistakes: source.mistakes };
  if (!source.readable) return parsed;
  if (!isMap(source.root)) {
    source.report(
      'wrong-type',
      { file, line: 1, column: 1 },
      `an accounts file must be a mapping, not ${kindOf(source.root)}`,
    );
    return parsed;
  }
  const fields = new Fields(source, source.root, 'the accounts file', FILE_KEYS);
  for (const entry of fields.entries('accounts')) {
    if (!isMap(entry.value)) {
      source.report(
        'wrong-type',
        entry.place,
        `account \`${entry.key}\` must be a mapping, not ${kindOf(entry.value)}`,
      );
      continue;
    }
    const account = parseAccount(
      new Fields(source, entry.value, `account \`${entry.key}\``, ACCOUNT_KEYS),
      entry.key,
      connectors,
    );
    if (account !== null) accounts.set(account.id, account);
  }
  if (fields.has('accounts') && fields.entries('accounts').every(({ key }) => key !== 'default')) {
    source.report('missing-key', fields.at('accounts'), 'there must be an account `default`');
  }
  return parsed;
}

function parseAccount(
  fields: Fields,
  id: string,
  connectors: ReadonlyMap<string, ConnectorDescription>,
): Account | null {
  const { source } = fields;
  const connector = fields.name('connector');
  const currency = fields.template('currency')?.text ?? null;
  if (currency !== null && !/^[A-Z]{3}$/.test(currency)) {
    source.report(
      'bad-value',
      fields.valueAt('currency'),
      `${fields.title('currency')} must be an ISO 4217 code such as \`INR\`, not \`${currency}\``,
    );
    return null;
  }
  if (connector === null || currency === null) return null;
  const charging = [...connectors.values()]
    .filter(({ operations }) => operations.has(OPERATIONS.pay))
    .map((each) => each.id);
  if (!charging.includes(connector)) {
    source.report(
      'unknown-connector',
      fields.valueAt('connector'),
      `no connector \`${connector}\` can charge; ${suggestion(connector, charging)}`,
    );
  }
  return { id, connector, currency };
}
