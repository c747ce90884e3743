import type { AgentManner } from './robots';
import type { KeypadScript } from './keypad-script';

export const OUTCOMES = ['approved', 'declined', 'unknown', 'hangup'] as const;
export type DemoOutcome = (typeof OUTCOMES)[number];

/** The journeys that can be shown, by their numbers: what is said of each, and the number dialled. */
export const JOURNEYS = {
  '1': { about: 'a transferred call', did: '7001', currency: 'INR', amount: '2500.50' },
  '2': { about: 'a payment key', did: '7002', currency: 'MXN', amount: '200.00' },
} as const;
export type DemoJourney = keyof typeof JOURNEYS;

/** What the robot keys in journey 2. */
export const PAYMENT_KEY = '482915';

/** Its choice of a language there. */
const ENGLISH = '1';

/** What happens in one showing, and what must be seen at its end. */
export interface DemoScript {
  readonly keys: KeypadScript;
  /** Charges that the gateway may have made for the order at the end. */
  readonly charges: number;
  /** What the payment is told to be, to the caller and in the agent's headers; '' when none was begun. */
  readonly told: string;
  readonly returned: boolean;
  readonly agent: AgentManner;
}

/** Test cards of the sandbox; docs/integrators/sandbox.md has the whole table. */
const CARDS = { approved: '4111111111111111', declined: '4000000000000002', unknown: '4000000000001018' };

export function demoScript(journey: DemoJourney, outcome: DemoOutcome, expiry: string): DemoScript {
  const script = transferredCall(outcome, expiry);
  if (journey === '1') return script;
  const keys = { menu: [ENGLISH], 'payment-key': [PAYMENT_KEY], confirm: ['1'], ...script.keys };
  return { ...script, keys, returned: false };
}

function transferredCall(outcome: DemoOutcome, expiry: string): DemoScript {
  const pays = (card: string): KeypadScript => ({
    'card-number': [card],
    'expiration-date': [expiry],
    'security-code': ['123'],
    // The sandbox's password for telephone numbers that end in 00.
    otp: ['123456'],
  });
  switch (outcome) {
    case 'approved':
      return { keys: pays(CARDS.approved), charges: 1, told: 'approved', returned: true, agent: 'answer' };
    case 'declined':
      return { keys: pays(CARDS.declined), charges: 0, told: 'declined', returned: true, agent: 'answer' };
    case 'unknown':
      return { keys: pays(CARDS.unknown), charges: 1, told: 'unknown', returned: true, agent: 'answer' };
    case 'hangup':
      return {
        keys: { 'card-number': [{ hangUpAfter: '41111111' }] },
        charges: 0,
        told: '',
        returned: false,
        agent: 'answer',
      };
  }
}

/** A date that no test outlives: December, three years from `now`, as MMYY. */
export function demoExpiry(now: Date): string {
  return `12${String((now.getFullYear() + 3) % 100).padStart(2, '0')}`;
}
