import type { Act, Moment } from '../../../../src/flow/run/simulate/moments';
import { walkFlow } from '../../../../src/flow/run/simulate/walk';
import { planted, shippedWorld, simulate, type ShippedWorld, type Simulated } from './simulated-world';

let shipped: ShippedWorld;

beforeAll(async () => {
  shipped = await shippedWorld();
});

/** The sample order's id is in the header that is to bring the link id. */
const FLOW = planted(`
  joined:
    link: { header: X-Order-Id, prompt: enter-link-id, attempts: 2 }
    on: { linked: amount, failed: sorry }
  amount: { say: [welcome-payment, { amount: '{{ amount }}', currency: '{{ currency }}' }], next: helped }
  helped:
    assist: { agent: support-queue, ring: 20s, hold-music: please-wait }
    on: { finished: thanks, no-answer: later }
  later: { send-link: { to: '{{ phone }}' }, while: please-wait, on: { ok: sent, error: sorry } }
  thanks: { say: payment-approved-no-reference, end: true }
  sent: { say: link-was-sent, end: true }
  sorry: { say: sorry-not-understood, end: true }
`);

const ASKS = 'Please enter the number that you were given for this call.';
const AMOUNT =
  'Welcome to the secure payment line. The amount to pay is two thousand five hundred rupees and fifty paise.';
const WAIT = 'Please wait.';
const SENT = 'We have sent you a text message with a secure link. You can pay with it in the next three days.';

/** One call: what becomes of each question, in turn, by what it is about; who is asked for keys keys a link id. */
async function call(answers: Readonly<Record<string, readonly string[]>>): Promise<Simulated & { asked: string[] }> {
  const asked: string[] = [];
  const turns = new Map<string, number>();
  const decide = (moment: Moment): Act | null => {
    if (moment.kind === 'keys') return { act: 'key', keys: '445566#' };
    if (moment.kind === 'said') return null;
    const { about, of } = moment.question;
    asked.push(about);
    const turn = turns.get(of) ?? 0;
    turns.set(of, turn + 1);
    return { act: 'answer', outcome: answers[of]?.[turn] ?? '' };
  };
  const simulated = await simulate(FLOW, shipped.world, decide);
  return { ...simulated, asked };
}

describe('a simulated call with sessions', () => {
  test('is linked by its header, and helped by an agent', async () => {
    const { heard, asked, end } = await call({ link: ['linked'], 'support-queue': ['finished'] });
    expect(asked).toEqual(['session of link TXN-10492', 'agent support-queue']);
    expect(heard[0]).toBe(AMOUNT);
    expect(new Set(heard.slice(1, -1))).toEqual(new Set([WAIT]));
    expect(heard.at(-1)).toContain('Your payment has been approved');
    expect(end).toMatchObject({ kind: 'ended', reason: 'engine' });
  });

  test('keys the link id when the header leads nowhere, waits for an agent who does not come, and is sent a link', async () => {
    const { heard, asked, events } = await call({
      link: ['failed', 'linked'],
      'support-queue': ['no-answer'],
      'send-link': ['ok'],
    });
    expect(asked).toEqual([
      'session of link TXN-10492',
      'session of link 445566',
      'agent support-queue',
      'link to +919800000100',
    ]);
    expect(heard.slice(0, 2)).toEqual([ASKS, AMOUNT]);
    expect(heard.at(-1)).toBe(SENT);
    const waited = (step: string): number =>
      events.filter((event) => event.type === 'said' && event.step === step && event.words === WAIT).length;
    // 20 s of ringing, 5 s for the message, and a pause of some seconds after each.
    expect(waited('helped')).toBeGreaterThanOrEqual(4);
    expect(waited('later')).toBeGreaterThanOrEqual(1);
  });

  test('goes on without a session, an agent or a link', async () => {
    const nowhere = await call({ link: ['failed', 'failed', 'failed'] });
    expect(nowhere.asked).toHaveLength(3);
    expect(nowhere.heard.at(-1)).toBe('Sorry, we could not understand what you entered.');
    const unsent = await call({ link: ['linked'], 'support-queue': ['no-answer'], 'send-link': ['error'] });
    expect(unsent.heard.at(-1)).toBe('Sorry, we could not understand what you entered.');
  });

  test('is walked through on every path, and never left in silence', async () => {
    expect(await walkFlow(FLOW, shipped.world)).toMatchObject({ findings: [], unreached: [], complete: true });
  });
});
