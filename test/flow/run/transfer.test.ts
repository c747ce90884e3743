import { returnTargetIn } from '../../../src/flow/run/restore';
import { FlowWorld, HEADERS, type WorldScript } from '../../support/scripted-flow-world';

function flow(back: string): string {
  return `
flow: small
dids: ["1"]
languages: [en]
session-timeout: 1m
context:
  - headers: { amount: X-Amount, note: User-to-User, agent: Referred-By, dialled: History-Info }
start: back
steps:
  back: ${back}
  second: { return: support-queue, on: { no-answer: bye } }
  bye: { say: goodbye, end: true }
`;
}

const HEADERS_BACK = { 'X-Return-To': 'agent-107' };
const TO_TRANSFERRER = '{ return: transferrer, on: { no-answer: second } }';
const BY_ADDRESS = { referredBy: '"Ann" <sip:agent-101@pbx;transport=tcp>;tag=x' };

async function ran(script: WorldScript): Promise<FlowWorld> {
  const world = new FlowWorld(script);
  await world.run();
  return world;
}

function targets(world: FlowWorld): string[] {
  return world.call.returnRequests.map(({ target }) => target);
}

describe('a caller who was transferred', () => {
  test.each([
    ['by the address that Referred-By says', BY_ADDRESS, 'agent-101'],
    ['by the endpoint whose REFER our switch carried out', { endpoint: 'PJSIP/agent-102' }, 'agent-102'],
    ['by the endpoint rather than what the header claims', { ...BY_ADDRESS, endpoint: 'PJSIP/agent-102' }, 'agent-102'],
    ['by the target that had the caller', { ...BY_ADDRESS, target: 'agent-103' }, 'agent-103'],
  ])('goes back to the very agent: %s', async (_how, transfer, target) => {
    const world = await ran({ flow: flow(TO_TRANSFERRER), transfer });
    expect(targets(world)).toEqual([target]);
    expect(world.events).toContainEqual({ type: 'transferred', target });
  });

  test.each([
    ['nobody transferred', {}],
    ['the transferrer is no target', { referredBy: '<sip:agent-101@elsewhere>' }],
    ['the endpoint is no target', { endpoint: 'PJSIP/loopback' }],
    ['the header is no address', { referredBy: 'agent-101' }],
    ['the header is a dial string', { referredBy: '<sip:agent-101@pbx&PJSIP/evil>' }],
  ])('%s: the target fails, and the second one is rung', async (_how, transfer) => {
    const world = await ran({ flow: flow(TO_TRANSFERRER), transfer });
    expect(targets(world)).toEqual(['support-queue']);
  });

  test('a malformed Referred-By is reported without what it held', async () => {
    const world = await ran({ flow: flow(TO_TRANSFERRER), transfer: { referredBy: '<sip:evil one>' } });
    const failures = world.events.filter((event) => event.type === 'failed');
    expect(failures).toEqual([{ type: 'failed', code: 'context-invalid', reason: 'header Referred-By is malformed' }]);
  });

  test('expressions read who it was, and the headers by their own grammars', async () => {
    const back = `{ return: "{{ call.transferrer ?? 'support-queue' }}", with: { X-Who: "{{ call.referred_by }}", X-Note: "{{ note }}", X-Agent: "{{ agent }}", X-Dialled: "{{ dialled }}" }, on: { no-answer: second } }`;
    const headers = {
      'User-to-User': '4f52442d31;encoding=hex',
      'Referred-By': '<sip:agent-101@pbx>',
      'History-Info': '<sip:+4420@carrier>;index=1, <sip:1@pbx>;index=1.1',
    };
    const world = await ran({ flow: flow(back), headers, transfer: BY_ADDRESS });
    expect(world.call.returnRequests[0]).toMatchObject({
      target: 'agent-101',
      headers: {
        'X-Who': 'sip:agent-101@pbx',
        'X-Note': 'ORD-1',
        'X-Agent': 'sip:agent-101@pbx',
        'X-Dialled': 'sip:+4420@carrier',
      },
    });
  });

  test('a header against its own grammar counts as missing and is reported', async () => {
    const world = await ran({ flow: flow(TO_TRANSFERRER), headers: { 'History-Info': 'nonsense' } });
    expect(world.events).toContainEqual({
      type: 'failed',
      code: 'context-invalid',
      reason: 'header History-Info is malformed',
    });
  });

  test('the built-in way back knows who transferred', async () => {
    const failing = `{ set: { a: "{{ $number('x') }}" }, next: second }`;
    const world = await ran({ flow: flow(failing), headers: HEADERS, transfer: BY_ADDRESS });
    expect(targets(world)).toEqual(['agent-101']);
  });
});

describe('an engine that stops', () => {
  test.each([
    ['to where the details say', HEADERS_BACK, 'agent-107'],
    ['else to who transferred', {}, 'agent-101'],
  ])('lets the dialplan take the caller back %s', async (_where, headers, target) => {
    const world = await ran({
      flow: flow(TO_TRANSFERRER).replace('{ amount:', '{ return_to: X-Return-To, amount:'),
      headers,
      transfer: BY_ADDRESS,
    });
    const last = world.stored.at(-1);
    expect(last === undefined ? null : returnTargetIn(last)).toBe(target);
  });
});

describe('release: refer', () => {
  test('asks the other side to take the caller to the target’s address', async () => {
    const back = '{ return: agent-101, release: refer, on: { no-answer: second } }';
    const world = await ran({ flow: flow(back) });
    expect(world.call.returnRequests[0]).toMatchObject({
      target: 'agent-101',
      referTo: 'sip:agent-101@pbx',
      payment: 'none',
    });
  });

  test('a target without an address fails, and nobody is asked', async () => {
    const back = '{ return: support-queue, release: refer, on: { no-answer: bye } }';
    const world = new FlowWorld({ flow: flow(back) });
    await world.begin();
    expect(targets(world)).toEqual([]);
    expect(world.call.heard).toEqual(['goodbye']);
  });
});
