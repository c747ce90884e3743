import { HushtoneError } from '../errors';

/**
 * Amounts. Outside they are decimal strings in major units (`2500.50`), inside whole minor units (250050), never floats.
 *
 * Digits after the decimal point per currency: ISO 4217, list one (SIX Financial Information, six-group.com). Not taken from
 * `Intl`, whose CLDR figures are those in daily use: it says 0 for LAK, RSD and others, where the standard says 2.
 */
const CODES_BY_DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
    COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD
    KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK
    NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_DIGITS).flatMap(([digits, codes]) =>
    codes.split(/\s+/).map((code): [string, number] => [code, Number(digits)]),
  ),
);

const DECIMAL = /^(\d{1,12})(?:\.(\d+))?$/;

/** Digits after the decimal point of an ISO 4217 currency, or null when there is no such currency. Codes are upper case. */
export function currencyDigits(currency: string): number | null {
  return DIGITS.get(currency) ?? null;
}

/**
 * `2500.50` INR -> 250050. At most 12 digits before the point, at most the currency's after it, and more than zero.
 * @throws HushtoneError `amount-invalid`, saying what would be right.
 */
export function toMinorUnits(amount: string, currency: string): number {
  const digits = digitsOrThrow(currency);
  const parts = DECIMAL.exec(amount);
  if (parts === null) {
    throw new HushtoneError(
      'amount-invalid',
      `${quoted(amount)} is not written like 2500.50 (digits, one point, no sign)`,
    );
  }
  const [, whole = '', decimals = ''] = parts;
  if (decimals.length > digits) {
    const allowed = digits === 0 ? 'none' : `at most ${digits}`;
    throw new HushtoneError('amount-invalid', `${quoted(amount)} has too many decimals: ${currency} has ${allowed}`);
  }
  const minor = Number(whole + decimals.padEnd(digits, '0'));
  if (!Number.isSafeInteger(minor)) throw new HushtoneError('amount-invalid', `${quoted(amount)} is too large`);
  if (minor === 0) throw new HushtoneError('amount-invalid', 'it must be more than zero');
  return minor;
}

/**
 * 250050 INR -> `2500.50`, always with all of the currency's decimals.
 * @throws HushtoneError `amount-invalid` when `minor` is not a whole number from zero up, or the currency is unknown.
 */
export function toMajorUnits(minor: number, currency: string): string {
  const digits = digitsOrThrow(currency);
  if (!Number.isSafeInteger(minor) || minor < 0) {
    throw new HushtoneError('amount-invalid', 'minor units are a whole number, zero or more');
  }
  const figures = String(minor).padStart(digits + 1, '0');
  if (digits === 0) return figures;
  return `${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
}

function digitsOrThrow(currency: string): number {
  const digits = currencyDigits(currency);
  if (digits !== null) return digits;
  throw new HushtoneError('amount-invalid', `${quoted(currency)} is not an ISO 4217 currency such as INR or EUR`);
}

/** What a caller's header brought, cut short: it may be anything, a card number put in the wrong place included. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 12 ? `${text.slice(0, 8)}...` : text);
}
