import { isError } from '../../src/errors';
import { ATTEMPT_STATES, blocksOrder, isFinal } from '../../src/payment/attempt-states';
import type { Attempt, AttemptState, NewAttempt, PaymentJournal } from '../../src/ports/payment-journal';
import type { ManualClock } from '../support/manual-clock';

export interface JournalUnderTest {
  readonly journal: PaymentJournal;
  readonly clock: ManualClock;
}

export function newAttempt(attempt: string, changes: Partial<NewAttempt> = {}): NewAttempt {
  return {
    attempt,
    account: 'default',
    reference: 'TXN-1',
    connector: 'otp-pay',
    call: 'call_1',
    channel: 'phone',
    amountMinor: 250050,
    currency: 'INR',
    masked: 'xxxxxxxxxxxx1111',
    ...changes,
  };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'resolved',
    (error: unknown) => (isError(error, 'journal-conflict') ? 'journal-conflict' : String(error)),
  );
}

/** Every adapter of the payment journal passes this. `make` gives a fresh, empty journal. */
export function paymentJournalContract(make: () => Promise<JournalUnderTest>): void {
  let journal: PaymentJournal;
  let clock: ManualClock;

  beforeEach(async () => {
    ({ journal, clock } = await make());
  });
  afterEach(async () => {
    await journal.close();
  });

  async function opened(attempt: NewAttempt): Promise<Attempt> {
    const result = await journal.open(attempt);
    if (!result.opened) throw new Error(`blocked by ${result.blockedBy.attempt}`);
    return result.attempt;
  }

  /** Opens an attempt and puts it into a state, whatever the way there. */
  async function inState(state: AttemptState, attempt: NewAttempt): Promise<Attempt> {
    const created = await opened(attempt);
    return state === 'created' ? created : journal.move(attempt.attempt, ['created'], { to: state });
  }

  test('an opened attempt is created, numbered, and holds what it was given', async () => {
    const attempt = await opened(newAttempt('att_1'));
    expect(attempt).toEqual({
      ...newAttempt('att_1'),
      number: 1,
      gatewayReference: 'TXN-1-1',
      state: 'created',
      otpInvalid: false,
      gatewayId: '',
      reason: '',
      submitBy: null,
      createdAt: clock.now(),
      updatedAt: clock.now(),
    });
    expect(await journal.find('att_1')).toEqual(attempt);
  });

  test('a move changes what it names and nothing else', async () => {
    const before = await opened(newAttempt('att_1'));
    await clock.advance(1500);
    const submitting = await journal.move('att_1', ['created'], { to: 'submitting', submitBy: 123456 });
    expect(submitting).toEqual({ ...before, state: 'submitting', submitBy: 123456, updatedAt: clock.now() });
    const change = { to: 'declined', otpInvalid: true, gatewayId: 'gw_9', reason: 'wrong OTP' } as const;
    const declined = await journal.move('att_1', ['unknown', 'submitting'], change);
    expect(declined).toMatchObject({ state: 'declined', otpInvalid: true, gatewayId: 'gw_9', reason: 'wrong OTP' });
    expect(declined.submitBy).toBe(123456);
    expect(await journal.find('att_1')).toEqual(declined);
  });

  test('a move from another state is a conflict and changes nothing', async () => {
    const attempt = await opened(newAttempt('att_1'));
    expect(await codeOf(journal.move('att_1', ['submitting', 'unknown'], { to: 'approved' }))).toBe('journal-conflict');
    expect(await journal.find('att_1')).toEqual(attempt);
  });

  test('a move of an attempt that does not exist is a conflict', async () => {
    expect(await codeOf(journal.move('att_0', ['created'], { to: 'abandoned' }))).toBe('journal-conflict');
    expect(await journal.find('att_0')).toBeNull();
  });

  test('of two moves from one state at once, exactly one succeeds', async () => {
    await opened(newAttempt('att_1'));
    const moves = Array.from({ length: 20 }, () => codeOf(journal.move('att_1', ['created'], { to: 'submitting' })));
    expect((await Promise.all(moves)).sort()).toEqual([...Array<string>(19).fill('journal-conflict'), 'resolved']);
  });

  test.each(ATTEMPT_STATES)('an earlier attempt that is %s blocks its order exactly when it must', async (state) => {
    const earlier = await inState(state, newAttempt('att_1'));
    const second = await journal.open(newAttempt('att_2'));
    if (blocksOrder(state)) {
      expect(second).toEqual({ opened: false, blockedBy: earlier });
      expect(await journal.find('att_2')).toBeNull();
    } else {
      expect(second).toMatchObject({ opened: true, attempt: { number: 2, gatewayReference: 'TXN-1-2' } });
    }
  });

  test('an attempt long ago blocks its order as well as the latest does', async () => {
    await inState('declined', newAttempt('att_1'));
    await inState('approved', newAttempt('att_2'));
    expect(await journal.open(newAttempt('att_3'))).toMatchObject({ opened: false, blockedBy: { attempt: 'att_2' } });
  });

  test('the same attempt again is returned as it stands', async () => {
    await opened(newAttempt('att_1'));
    const moved = await journal.move('att_1', ['created'], { to: 'approved', gatewayId: 'gw_1' });
    expect(await journal.open(newAttempt('att_1'))).toEqual({ opened: true, attempt: moved });
  });

  test('orders are told apart by account and by reference', async () => {
    await opened(newAttempt('att_1'));
    expect(await opened(newAttempt('att_2', { account: 'other' }))).toMatchObject({ number: 1 });
    expect(await opened(newAttempt('att_3', { reference: 'TXN-2' }))).toMatchObject({ number: 1 });
  });

  test('of 50 attempts at one order at once, one opens and the others name it', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => journal.open(newAttempt(`att_${index}`))),
    );
    const winners = results.filter((result) => result.opened);
    expect(winners).toHaveLength(1);
    const winner = winners[0]?.attempt.attempt;
    const blockers = results.flatMap((result) => (result.opened ? [] : [result.blockedBy.attempt]));
    expect(new Set(blockers)).toEqual(new Set([winner]));
  });

  test('the attempts of an order are listed by number', async () => {
    await inState('declined', newAttempt('att_b'));
    await inState('declined', newAttempt('att_a'));
    await opened(newAttempt('att_c'));
    await opened(newAttempt('att_x', { reference: 'TXN-2' }));
    const listed = await journal.ofOrder('default', 'TXN-1');
    expect(listed.map(({ attempt, number }) => [attempt, number])).toEqual([
      ['att_b', 1],
      ['att_a', 2],
      ['att_c', 3],
    ]);
    expect(await journal.ofOrder('default', 'TXN-9')).toEqual([]);
  });

  test('the unsettled attempts are those that are not final, oldest first', async () => {
    for (const state of ATTEMPT_STATES.toReversed()) {
      await inState(state, newAttempt(`att_${state}`, { reference: state }));
      await clock.advance(1);
    }
    const expected = ATTEMPT_STATES.toReversed().filter((state) => !isFinal(state));
    expect((await journal.unsettled()).map(({ state }) => state)).toEqual(expected);
  });

  test('text of any kind survives', async () => {
    const odd = `a'b"c;--\n🙂\u0000z`;
    const attempt = await opened(newAttempt('att_1', { reference: odd, account: odd, masked: odd }));
    expect(attempt).toMatchObject({ reference: odd, account: odd, masked: odd, gatewayReference: `${odd}-1` });
    const [listed] = await journal.ofOrder(odd, odd);
    expect(listed).toEqual(attempt);
  });

  test('after closing, everything is refused', async () => {
    await journal.close();
    await expect(journal.find('att_1')).rejects.toMatchObject({ code: 'journal-unavailable' });
    await journal.close();
  });
}
