import fc from 'fast-check';
import { CVV, EXPIRY, FlowWorld } from '../../support/scripted-flow-world';

/** A card number of 16 digits that passes Luhn, under a Visa prefix. */
const cards = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 14, maxLength: 14 })
  .map((digits) => withCheckDigit(`4${digits.join('')}`));

function withCheckDigit(digits: string): string {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

const digitsOf = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((digits) => digits.join(''));

interface Keyed {
  readonly wrong: string;
  readonly card: string;
  readonly otp: string;
  readonly otpAgain: string;
}

const keyed = fc.record<Keyed>({ wrong: digitsOf(16), card: cards, otp: digitsOf(6), otpAgain: digitsOf(6) });

/** Runs of `length` digits in a text, whole or overlapping: what a scan of a snapshot would look for. */
function holds(text: string, digits: string): boolean {
  return text.includes(digits);
}

async function snapshotsOf({ wrong, card, otp, otpAgain }: Keyed): Promise<string[]> {
  const world = new FlowWorld({
    keys: { 'card-number': [wrong, card, card], otp: [otp, otpAgain], menu: ['1'] },
    payments: ['otp-invalid', 'declined', 'unknown'],
  });
  await world.run();
  expect(world.payments.length).toBeGreaterThan(1);
  return world.stored.map((stored) => JSON.stringify(stored));
}

/** The versions, ids and times in a snapshot are digits too, and OTPs are short: these are taken out before looking for one. */
function withoutKnown(snapshot: string): string {
  return snapshot.replaceAll(/"version":"[0-9a-f]+"/g, '').replaceAll(/"deadline":\d+/g, '');
}

describe('what is kept of a running flow', () => {
  test('holds no digit sequence that was keyed into a sensitive field', async () => {
    await fc.assert(
      fc.asyncProperty(keyed, async (entry) => {
        for (const snapshot of await snapshotsOf(entry)) {
          const text = withoutKnown(snapshot);
          for (const digits of [entry.card, entry.card.slice(0, 13), entry.card.slice(3), entry.wrong]) {
            expect(holds(text, digits)).toBe(false);
          }
          for (const short of [entry.otp, entry.otpAgain, CVV, EXPIRY]) expect(holds(text, `"${short}"`)).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('would be found holding one: the same scan finds digits of a field that is not sensitive', async () => {
    const flow = `
flow: plain
dids: ["1"]
languages: [en]
require: []
start: first
steps:
  first: { collect: digits, save: member, on: { collected: bye, failed: bye } }
  bye: { say: goodbye, end: true }
`;
    const world = new FlowWorld({ flow, keys: { digits: ['4111111111111111'] } });
    await world.begin();
    expect(world.stored.some((stored) => holds(withoutKnown(JSON.stringify(stored)), '4111111111111111'))).toBe(true);
  });

  test('holds what the flow knows once, not again beside each effect', async () => {
    const snapshots = await snapshotsOf({ wrong: '0', card: '4111111111111111', otp: '123123', otpAgain: '321321' });
    for (const text of snapshots) expect(text.match(/"deadline":/g)).toHaveLength(1);
  });

  test('shows of a card what may be shown', async () => {
    const snapshots = await snapshotsOf({ wrong: '0', card: '4111111111111111', otp: '123123', otpAgain: '321321' });
    expect(snapshots.some((text) => text.includes('"masked":"xxxxxxxxxxxx1111"'))).toBe(true);
  });
});
