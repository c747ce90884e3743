import { HushtoneError } from '../../../src/errors';
import type { AssistRequest, LinkedSession, SendLinkRequest } from '../../../src/ports/sessions';
import { FlowWorld, type WorldScript } from '../../support/scripted-flow-world';
import { settle } from '../../support/manual-clock';

const FLOW = `flow: sessions
dids: ["7110"]
languages: [en]
session-timeout: 5m
start: joined
steps:
  joined:
    link: { header: X-Link-Id, prompt: enter-link-id, attempts: 2 }
    on: { linked: paying, failed: sorry }
  paying: { say: [{ digits: "{{ amount }}" }, { reference: "{{ session.id }}" }], next: helped }
  helped:
    assist: { agent: "{{ return_to ?? 'support-queue' }}", ring: 20s, hold-music: please-wait }
    on: { finished: thanks, no-answer: later }
  later: { send-link: { to: "{{ phone }}", valid: 24h, connector: sms-dlt }, on: { ok: sent, error: sorry } }
  thanks: { say: payment-approved, end: true }
  sent: { say: link-was-sent, end: true }
  sorry: { say: sorry-not-understood, end: true }
`;

const SESSION: LinkedSession = {
  id: 'ses-5',
  values: { amount: '10.50', currency: 'USD', order_id: 'A-1', phone: '+14155550100', return_to: 'agent-101' },
};

function world(script: WorldScript): FlowWorld {
  return new FlowWorld({ flow: FLOW, headers: { 'X-Link-Id': '445566' }, ...script });
}

describe('link', () => {
  const by = (good: string) => (_call: string, id: string) => Promise.resolve(id === good ? SESSION : null);

  it('joins the session of the header, whose order the flow then knows', async () => {
    const one = world({ sessions: { link: by('445566'), assist: () => Promise.resolve('finished') } });
    await one.run();
    expect(one.steps).toEqual(['joined', 'paying', 'helped', 'thanks']);
    expect(one.call.heard[0]).toBe('10.50 ses-5');
  });

  it('asks when the header leads nowhere, says what was wrong, and asks again', async () => {
    const one = world({
      keys: { 'link-id': ['111111', '778899'] },
      sessions: { link: by('778899'), assist: () => Promise.resolve('finished') },
    });
    await one.run();
    expect(one.call.heard.slice(0, 2)).toEqual(['enter-link-id', 'value-not-valid enter-link-id']);
    expect(one.steps).toContain('paying');
  });

  it('asks at once when there is no header, and fails when its attempts are used up', async () => {
    const asked: string[] = [];
    const link = (_call: string, id: string) => {
      asked.push(id);
      return Promise.resolve(null);
    };
    const one = world({ headers: {}, keys: { 'link-id': ['1111', '2222', '3333'] }, sessions: { link } });
    await one.run();
    expect(asked).toEqual(['1111', '2222']);
    expect(one.steps).toEqual(['joined', 'sorry']);
  });

  it('takes nothing of a session that is against its grammar', async () => {
    const values = { ...SESSION.values, return_to: 'sip:evil@example', amount: 'lots' };
    const one = world({ sessions: { link: () => Promise.resolve({ id: 'ses-5', values }) } });
    await one.run();
    const reasons = one.events.flatMap((event) => (event.type === 'failed' ? [event.reason] : []));
    expect(reasons).toEqual(expect.arrayContaining(['amount of session ses-5 is malformed']));
    expect(one.call.heard[0]).toBe(' ses-5');
  });
});

describe('assist', () => {
  const link = () => Promise.resolve(SESSION);

  it('rings the agent with the order and the words to be played meanwhile', async () => {
    let asked: AssistRequest | null = null;
    const assist = (request: AssistRequest) => {
      asked = request;
      return Promise.resolve('finished' as const);
    };
    await world({ sessions: { link, assist } }).run();
    expect(asked).toMatchObject({ target: 'agent-101', endpoint: 'PJSIP/agent-101', ringMs: 20_000, session: 'ses-5' });
    expect(asked).toMatchObject({ words: 'please-wait', values: { amount: '10.50', order_id: 'A-1' } });
  });

  it('goes on to `no-answer`, also for an agent that nobody knows', async () => {
    const unknown = { id: 'ses-5', values: { phone: '+14155550100', agent: 'x' } };
    const one = new FlowWorld({
      flow: FLOW.replace("{{ return_to ?? 'support-queue' }}", '{{ agent }}'),
      headers: { 'X-Link-Id': '445566' },
      sessions: { link: () => Promise.resolve(unknown), sendLink: () => Promise.resolve('ok') },
    });
    await one.run();
    expect(one.steps).toEqual(['joined', 'paying', 'helped', 'later', 'sent']);
  });

  it('is not cut off by the session limit, which counts once the agent has gone', async () => {
    let leave: (outcome: 'no-answer') => void = () => undefined;
    const assist = () => new Promise<'no-answer'>((resolve) => (leave = resolve));
    const one = world({ sessions: { link, assist, sendLink: () => Promise.resolve('ok') } });
    const end = one.begin();
    await settle();
    await one.clock.advance(6 * 60_000);
    await settle();
    expect(one.steps.at(-1)).toBe('helped');
    leave('no-answer');
    await end;
    expect(one.steps.at(-1)).toBe('sent');
  });

  it('ends with the call when the caller hangs up', async () => {
    let aborted = false;
    const assist = (_request: AssistRequest, signal: AbortSignal) =>
      new Promise<'finished'>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new HushtoneError('caller-gone'));
        });
      });
    const one = world({ sessions: { link, assist } });
    const end = one.begin();
    await settle();
    one.call.end('caller');
    expect((await end).reason).toBe('caller');
    expect(aborted).toBe(true);
    expect(one.steps.at(-1)).toBe('helped');
  });
});

describe('send-link', () => {
  const link = () => Promise.resolve(SESSION);
  const assist = () => Promise.resolve('no-answer' as const);

  it('says whom to send it to, by which connector, for which order and for how long', async () => {
    let asked: SendLinkRequest | null = null;
    const sendLink = (request: SendLinkRequest) => {
      asked = request;
      return Promise.resolve('ok' as const);
    };
    const one = world({ sessions: { link, assist, sendLink } });
    await one.run();
    expect(one.steps.at(-1)).toBe('sent');
    expect(asked).toMatchObject({
      to: '+14155550100',
      validMs: 24 * 3_600_000,
      connector: 'sms-dlt',
      session: 'ses-5',
    });
    expect(asked).toMatchObject({ values: { amount: '10.50', currency: 'USD', order_id: 'A-1' } });
  });

  it('goes on to `error` when it was not sent, or there is nobody to send it to', async () => {
    const failing = world({ sessions: { link, assist, sendLink: () => Promise.resolve('error') } });
    await failing.run();
    expect(failing.steps.at(-1)).toBe('sorry');
    const nobody = world({ sessions: { link: () => Promise.resolve({ id: 's', values: {} }), assist } });
    await nobody.run();
    expect(nobody.steps.at(-1)).toBe('sorry');
  });
});

test('an engine without sessions takes the failing way of each step and reports why', async () => {
  const unlinked = world({ sessions: {} });
  await unlinked.run();
  expect(unlinked.steps).toEqual(['joined', 'sorry']);
  const linked = world({ sessions: { link: () => Promise.resolve(SESSION) } });
  await linked.run();
  expect(linked.steps).toEqual(['joined', 'paying', 'helped', 'later', 'sorry']);
  const failed = linked.events.flatMap((event) => (event.type === 'failed' ? [event] : []));
  expect(failed.map(({ code }) => code)).toEqual(['not-available', 'not-available']);
  expect(failed[0]?.reason).toBe('This version of Hushtone cannot do this yet: `assist` takes its failing way');
});
