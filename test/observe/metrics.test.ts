import { Metrics } from '../../src/observe/metrics';
import type { CallEvent } from '../../src/ports/call-events';

const open: Metrics[] = [];

function metrics(unsettled: () => Promise<number> = () => Promise.resolve(0)): Metrics {
  const made = new Metrics({
    load: () => ({ calls: 2, vault_slots: 3, timers: 4 }),
    unsettled,
    checks: () =>
      Promise.resolve([
        { name: 'journal', well: true },
        { name: 'asterisk', well: false },
      ]),
  });
  open.push(made);
  return made;
}

afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** The samples whose name begins so, without the comments. */
async function samples(of: Metrics, name: string): Promise<string[]> {
  const lines = (await of.text()).split('\n');
  return lines.filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
}

const BEGUN: readonly CallEvent[] = [
  { type: 'call-started', caller: '+919876543200', did: '7001', flow: 'transferred-call', version: 'c0ffee'.repeat(8) },
  { type: 'step-entered', step: 'welcome' },
  { type: 'step-entered', step: 'card' },
];
const PAYMENT: CallEvent = {
  type: 'payment',
  outcome: 'approved',
  order: 'ORD-1',
  reference: 'REF-1',
  attempt: 'att_1',
  amount: '10.00',
  currency: 'INR',
  masked: 'xxxxxxxxxxxx1111',
  reason: '',
};

describe('what is counted of calls', () => {
  it('counts each ended call by flow, payment outcome and who ended it', async () => {
    const counted = metrics();
    for (const event of [...BEGUN, PAYMENT]) counted.record('call_1', event);
    counted.record('call_1', { type: 'call-ended', reason: 'agent' });
    for (const event of BEGUN) counted.record('call_2', event);
    counted.record('call_2', { type: 'call-ended', reason: 'caller' });
    expect(await samples(counted, 'hushtone_calls_total')).toEqual([
      'hushtone_calls_total{flow="transferred-call",outcome="approved",ended_by="agent"} 1',
      'hushtone_calls_total{flow="transferred-call",outcome="none",ended_by="caller"} 1',
    ]);
  });

  it('counts calls to numbers that no flow has, and gives no series to each number that somebody dials', async () => {
    const counted = metrics();
    for (const did of ['5', '9999'])
      counted.record(`ch-${did}`, { type: 'call-refused', did, reason: 'no flow has this DID' });
    expect(await samples(counted, 'hushtone_calls_refused_total')).toEqual(['hushtone_calls_refused_total 2']);
    expect(await samples(counted, 'hushtone_calls_total')).toEqual([]);
  });

  it('tells in which step callers leave', async () => {
    const counted = metrics();
    for (const event of BEGUN) counted.record('call_1', event);
    counted.record('call_1', { type: 'call-ended', reason: 'caller' });
    expect(await samples(counted, 'hushtone_steps_entered_total')).toEqual([
      'hushtone_steps_entered_total{flow="transferred-call",step="welcome"} 1',
      'hushtone_steps_entered_total{flow="transferred-call",step="card"} 1',
    ]);
    expect(await samples(counted, 'hushtone_calls_left_total')).toEqual([
      'hushtone_calls_left_total{flow="transferred-call",step="card",ended_by="caller"} 1',
    ]);
  });

  it('counts a call that was taken over as ended, and not as started once more', async () => {
    const counted = metrics();
    counted.record('call_1', { type: 'call-resumed', flow: 'transferred-call', version: 'c0ffee'.repeat(8) });
    counted.record('call_1', { type: 'call-ended', reason: 'agent' });
    expect(await samples(counted, 'hushtone_calls_started_total')).toEqual([]);
    expect(await samples(counted, 'hushtone_calls_total')).toHaveLength(1);
  });

  it('keeps nothing of a call that has ended, whatever is still told of it', async () => {
    const counted = metrics();
    for (const event of BEGUN) counted.record('call_1', event);
    for (let times = 0; times < 2; times++) counted.record('call_1', { type: 'call-ended', reason: 'caller' });
    counted.record('call_1', { type: 'step-entered', step: 'late' });
    expect(await samples(counted, 'hushtone_calls_total')).toHaveLength(1);
    expect((await samples(counted, 'hushtone_steps_entered_total')).join()).not.toContain('late');
  });
});

describe('what is counted of the work', () => {
  it('sorts the waits for a prompt after the last key into buckets around the goal of 40 ms', async () => {
    const counted = metrics();
    for (const ms of [4, 39, 41]) counted.record('call_1', { type: 'prompt-started', ms });
    const buckets = await samples(counted, 'hushtone_key_to_prompt_seconds_bucket{le="0.0');
    expect(buckets.map((line) => line.replace('hushtone_key_to_prompt_seconds_bucket', ''))).toEqual([
      '{le="0.005"} 1',
      '{le="0.01"} 1',
      '{le="0.02"} 1',
      '{le="0.03"} 1',
      '{le="0.04"} 2',
      '{le="0.06"} 3',
      '{le="0.08"} 3',
    ]);
  });

  it('counts exchanges with their time and outcome, and playback faults beside other failures', async () => {
    const counted = metrics();
    counted.record('call_1', {
      type: 'exchanged',
      connector: 'otp-pay',
      operation: 'charge',
      outcome: 'timeout',
      ms: 8000,
      reason: 'no whole answer came in time',
    });
    counted.record('call_1', { type: 'failed', code: 'playback-failed', reason: 'sound:hushtone/welcome' });
    counted.record('call_1', { type: 'failed', code: 'context-invalid', reason: 'X-Amount is malformed' });
    expect(await samples(counted, 'hushtone_exchange_seconds_sum')).toEqual([
      'hushtone_exchange_seconds_sum{connector="otp-pay",operation="charge",outcome="timeout"} 8',
    ]);
    expect(await samples(counted, 'hushtone_playback_faults_total')).toEqual([
      'hushtone_playback_faults_total{code="playback-failed"} 1',
    ]);
    expect(await samples(counted, 'hushtone_failures_total')).toHaveLength(2);
  });

  it('gives what the engine holds, and leaves out what cannot be read', async () => {
    const broken = metrics(() => Promise.reject(new Error('the disk is full')));
    expect(await samples(broken, 'hushtone_vault_slots')).toEqual(['hushtone_vault_slots 3']);
    expect(await samples(broken, 'hushtone_payments_unsettled')).toEqual([]);
    expect(
      await samples(
        metrics(() => Promise.resolve(2)),
        'hushtone_payments_unsettled',
      ),
    ).toEqual(['hushtone_payments_unsettled 2']);
  });

  it('gives each check of readiness, well or not', async () => {
    const lines = (await metrics().text()).split('\n').filter((line) => line.startsWith('hushtone_check_ok'));
    expect(lines).toEqual(['hushtone_check_ok{check="journal"} 1', 'hushtone_check_ok{check="asterisk"} 0']);
  });

  it('begins with 0 what an alarm watches for growth, so that the first fault is growth, too', async () => {
    const counted = metrics();
    const inUse = [{ flow: 'card', version: 'c0ffee'.repeat(8), file: 'card.yaml' }];
    counted.reloaded({ at: 1, ms: 1, inUse, taken: [], gone: [], surroundings: false, mistakes: [], warnings: [] });
    const text = await counted.text();
    for (const line of [
      'hushtone_playback_faults_total{code="playback-failed"} 0',
      'hushtone_playback_faults_total{code="prompt-missing"} 0',
      'hushtone_calls_started_total{flow="card"} 0',
      'hushtone_reloads_total{result="refused"} 0',
    ])
      expect(text).toContain(`${line}\n`);
  });

  it('takes nothing from a second reader, and counts what only grows as a counter', async () => {
    const counted = metrics();
    const first = await counted.text();
    expect(first).toContain('# TYPE hushtone_loop_delay_seconds histogram');
    expect(first).toMatch(/# TYPE hushtone_cpu_seconds_total counter\nhushtone_cpu_seconds_total \d/);
    const seconds = (text: string): number => Number(/^hushtone_cpu_seconds_total (.*)$/m.exec(text)?.[1]);
    expect(seconds(await counted.text())).toBeGreaterThanOrEqual(seconds(first));
  });
});

describe('labels', () => {
  it('hold nothing of the caller, the order or the card', async () => {
    const counted = metrics();
    for (const event of [...BEGUN, PAYMENT]) counted.record('call_1', event);
    counted.record('call_1', {
      type: 'field-closed',
      field: 'card-number',
      outcome: 'collected',
      masked: 'xxxxxxxxxxxx1111',
    });
    counted.record('call_1', { type: 'returned', target: 'agent-101', outcome: 'answered' });
    counted.record('call_1', { type: 'call-ended', reason: 'agent' });
    const text = await counted.text();
    for (const secret of ['1111', '9876543200', 'ORD-1', 'REF-1', 'att_1', 'call_1', 'agent-101', '10.00'])
      expect(text).not.toContain(secret);
  });
});
