import type { Reaction } from '../../src/lab/keypad-script';
import { CARDS } from './support/cards';
import { expectIdle, expectNothingLeft, eventually } from './support/nothing-left';
import { EXPIRY } from './support/payment-site';
import { TransferSite } from './support/transfer-site';

const sites = new TransferSite();
/** Keys pass through the PBX as well, which plays them anew; a busy machine may blur one, and a caller would try again. */
const patiently = (keys: string): Reaction[] => Array<Reaction>(3).fill({ keys, toneMs: 120, gapMs: 160 });
const PAYS = {
  'card-number': patiently(CARDS.approved),
  'expiration-date': patiently(EXPIRY),
  'security-code': patiently('123'),
  otp: patiently('123456'),
};

afterAll(async () => {
  await sites.stop();
});

describe("a caller whom an agent blind-transfers at the agents' PBX", () => {
  it.concurrent('pays with the details of the INVITE and is back with the very agent who transferred', async () => {
    const lane = await sites.lane();
    lane.seat('answer', ['X-Payment-Result', 'X-Payment-Reference']);
    const { caller, telephone } = await lane.talkAtPbx(lane.headersOfOrder());
    await telephone.transfer(`7001@${lane.site.world.engine}`, `${lane.agent}@${lane.site.world.pbx}`);
    const call = await lane.arrives(caller, '7001', PAYS);
    await telephone.hangUp();
    const headers = await call.backWith(lane.agent);
    expect(call.story).toContainEqual(expect.objectContaining({ event: 'transferred', target: `agent-${lane.agent}` }));
    expect(headers['X-Payment-Result']).toBe('approved');
    expect((await lane.charges()).charged).toBe(1);
    await expectNothingLeft(call);
  });

  it.concurrent('brings what Referred-By, Diversion, History-Info and User-to-User say', async () => {
    const lane = await sites.lane();
    lane.seat('answer', ['X-Note', 'X-Agent', 'X-Diverted', 'X-Dialled']);
    const { caller, telephone } = await lane.talkAtPbx({
      Diversion: '<sip:+4420@carrier.example>;reason=user-busy',
      'History-Info': '<sip:8000@carrier.example>;index=1, <sip:9@carrier.example>;index=1.1',
      'User-to-User': '4f52442d31303031;encoding=hex',
    });
    await telephone.transfer(`7030@${lane.site.world.engine}`, `${lane.agent}@${lane.site.world.pbx}`);
    const call = await lane.arrives(caller, '7030');
    await telephone.hangUp();
    const headers = await call.backWith(lane.agent);
    expect(headers).toMatchObject({
      'X-Note': 'ORD-1001',
      'X-Agent': `sip:${lane.agent}@${lane.site.world.pbx}`,
      'X-Dialled': 'sip:8000@carrier.example',
    });
    // The PBX, an Asterisk, puts its own host into the header.
    expect(headers['X-Diverted']).toMatch(/^sip:\+4420@/);
    await expectNothingLeft(call);
  });

  it.concurrent('goes to the queue when the transferrer is no target', async () => {
    const lane = await sites.lane();
    const { caller, telephone } = await lane.talkAtPbx();
    await telephone.transfer(`7030@${lane.site.world.engine}`, `${lane.agent}@elsewhere.example`);
    const call = await lane.arrives(caller, '7030');
    await telephone.hangUp();
    await call.backWith('support');
    expect(call.story).toContainEqual(expect.objectContaining({ event: 'transferred', target: '' }));
    expect(lane.site.world.reached(lane.agent)).toEqual([]);
    await expectNothingLeft(call);
  });

  it.concurrent.each([
    ['is busy', 'busy', 'busy'],
    ['does not answer', 'silent', 'no-answer'],
    ['declines', 'decline', 'failed'],
    ['hangs up just as the caller comes', 'answer-and-hang-up', 'no-answer'],
  ] as const)('is told, and goes to the second target, when the agent %s', async (_what, manner, outcome) => {
    const lane = await sites.lane();
    lane.seat(manner);
    const { caller, telephone } = await lane.talkAtPbx({ 'X-Return-To': `agent-${lane.agent}` });
    await telephone.transfer(`7030@${lane.site.world.engine}`);
    const call = await lane.arrives(caller, '7030');
    await telephone.hangUp();
    await call.backWith('support');
    expect(call.outcomes('returned')).toEqual([outcome, 'answered']);
    expect(call.told).toContain('trying another');
    await expectNothingLeft(call);
  });
});

describe('a caller whom an agent transfers whose telephone registers at our own Asterisk', () => {
  it.concurrent('pays with the details of the look-up and is back with that agent', async () => {
    const lane = await sites.lane();
    await lane.site.sandbox('/transactions', {
      caller: lane.number,
      order_id: lane.order,
      amount: '999.00',
      currency: 'INR',
      phone: lane.number,
    });
    const { caller, telephone, call: first } = await lane.talkAtDesk('desk-301');
    await telephone.transfer(`7001@${lane.site.world.engine}`);
    const call = await lane.arrives(caller, '7001', PAYS);
    expect((await first.ends()).reason).toBe('handed-on');
    await telephone.ended;
    await call.backWith('tel301');
    expect(call.story).toContainEqual(expect.objectContaining({ event: 'transferred', target: 'desk-301' }));
    expect((await lane.charges()).charged).toBe(1);
    await expectNothingLeft(call);
  });

  it.concurrent('is known by the telephone when a dialplan of our own had connected the two', async () => {
    const lane = await sites.lane();
    const { caller, telephone } = await lane.talkPastTheEngine('desk-302');
    await telephone.transfer(`7030@${lane.site.world.engine}`);
    const call = await lane.arrives(caller, '7030');
    await telephone.hangUp();
    await call.backWith('tel302');
    expect(call.story).toContainEqual(expect.objectContaining({ event: 'transferred', target: 'desk-302' }));
    await expectNothingLeft(call);
  });

  it.concurrent('stays with the agent when the number is none of a flow', async () => {
    const lane = await sites.lane();
    const { caller, telephone, call } = await lane.talkAtDesk('desk-303');
    await telephone.transfer(`7999@${lane.site.world.engine}`);
    const refused = await call.awaits('referral');
    expect(refused.outcome).toBe('refused');
    expect([caller.up, telephone.up]).toEqual([true, true]);
    await telephone.hangUp();
    expect((await call.ends()).reason).toBe('agent');
    await caller.ended;
    await expectNothingLeft(call);
  });

  it.concurrent('cannot be replaced by a call that the telephone makes itself', async () => {
    const lane = await sites.lane();
    const dials = lane.site.world.dial({ did: '7001', number: '+15550199', as: 'desk-304', recording: 'desk-304' });
    await expect(dials).rejects.toThrow('refused with cause 21');
  });
});

describe('release: refer', () => {
  it.concurrent('gives the caller back to the PBX, and our line is free while they talk', async () => {
    const lane = await sites.lane();
    lane.seat('answer');
    const { caller, telephone } = await lane.talkAtPbx();
    await telephone.transfer(`7020@${lane.site.world.engine}`, `${lane.agent}@${lane.site.world.pbx}`);
    const call = await lane.arrives(caller, '7020');
    await telephone.hangUp();
    const agent = await lane.site.world.called(lane.agent, lane.number);
    expect((await call.ends()).reason).toBe('handed-on');
    expect(call.outcomes('returned')).toEqual(['answered']);
    await expectNothingLeft(call);
    expect([caller.up, agent.up]).toEqual([true, true]);
    await caller.hangUp();
    await agent.ended;
  });

  it.concurrent(
    'has the caller still, and goes to the second target, when the other side refuses the REFER',
    async () => {
      const lane = await sites.lane();
      // This caller's own telephone is in no call that it could transfer.
      const call = await lane.dial({ keys: {}, did: '7020', headers: { 'X-Return-To': `agent-${lane.agent}` } });
      await call.backWith('support');
      expect(call.outcomes('returned')).toEqual(['failed', 'answered']);
      expect(call.told).toContain('trying another');
      expect(lane.site.world.reached(lane.agent)).toEqual([]);
      await expectNothingLeft(call);
    },
  );
});

describe('after all these calls', () => {
  it('nothing is left: no channel, bridge, timer or vault slot', async () => {
    const site = await sites.site();
    await expectIdle(site, sites.atRest);
    await eventually(
      'channels of the outside world',
      () => site.world.channelsLeft(),
      (left) => left === 0,
    );
  });
});
