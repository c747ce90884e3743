import { readFileSync } from 'node:fs';
import { formatMistake } from '../../src/flow/check/check-flow';
import { parseTargets } from '../../src/flow/targets';

const FILE = `default: support-queue
targets:
  support-queue: sip:1000@127.0.0.1:5070
  agent-NNN: sip:NNN@10.0.0.5;transport=tcp
  agent-007: { trunk: outside, number: "1001" }
  desk-NN: { registered: desk-NN }
  carrier-NNNN: { trunk: carrier, number: "44NNNN" }
  sales: { address: "sip:sales@pbx.example", trunk: carrier }
`;

describe('return targets', () => {
  const { targets, mistakes } = parseTargets('targets.yaml', FILE);

  test('an id leads to its endpoint', () => {
    expect(mistakes).toEqual([]);
    expect(targets.resolve('support-queue')).toBe('PJSIP/outbound/sip:1000@127.0.0.1:5070');
    expect(targets.resolve('sales')).toBe('PJSIP/carrier/sip:sales@pbx.example');
    expect(targets.resolve('default')).toBe(targets.resolve('support-queue'));
    expect(targets.defaultTarget).toBe('support-queue');
  });

  test('a pattern takes exactly as many digits, and a full id goes first', () => {
    expect(targets.resolve('agent-101')).toBe('PJSIP/outbound/sip:101@10.0.0.5;transport=tcp');
    expect(targets.resolve('agent-007')).toBe('PJSIP/1001@outside');
    expect(targets.resolve('agent-1')).toBeNull();
    expect(targets.resolve('agent-1010')).toBeNull();
    expect(targets.resolve('agent-1x1')).toBeNull();
    expect(targets.resolve('agent-NNN')).toBeNull();
  });

  test('a telephone that registers here is dialled by its endpoint', () => {
    expect(targets.resolve('desk-07')).toBe('PJSIP/desk-07');
  });

  test('a target with an address can be referred to, and no other', () => {
    expect(targets.addressOf('agent-101')).toBe('sip:101@10.0.0.5;transport=tcp');
    expect(targets.addressOf('sales')).toBe('sip:sales@pbx.example');
    expect(targets.addressOf('default')).toBe('sip:1000@127.0.0.1:5070');
    expect(['agent-007', 'desk-07', 'nobody'].map((id) => targets.addressOf(id))).toEqual([null, null, null]);
  });

  test.each([
    ['sip:101@10.0.0.5', 'agent-101'],
    ['sip:101@10.0.0.5:5062;tag=1', 'agent-101'],
    ['sips:sales@PBX.example?Replaces=x', 'sales'],
    ['sip:1000@127.0.0.1', 'support-queue'],
    ['sip:1001@anywhere.example', 'agent-007'],
    ['sip:441234@anywhere.example', 'carrier-1234'],
    ['PJSIP/desk-07', 'desk-07'],
  ])('the telephone %s is the target %s', (telephone, id) => {
    expect(targets.idOf(telephone)).toBe(id);
  });

  test.each([
    'sip:101@10.0.0.6',
    'sip:10@10.0.0.5',
    'sip:1x1@10.0.0.5',
    'sip:NNN@10.0.0.5',
    'sip:1000@127.0.0.1:5071',
    'sip:agent-101@10.0.0.5',
    '101',
    'PJSIP/desk-7',
    'PJSIP/desk-07-00000001',
    'PJSIP/loopback',
    'sip:101@10.0.0.5 evil',
    '',
  ])('the telephone %j is no target', (telephone) => {
    expect(targets.idOf(telephone)).toBeNull();
  });

  test.each([
    '',
    'nobody',
    'transferrer',
    'sip:evil@example.com',
    'agent-101@example.com',
    'AGENT-101',
    'support-queue\r\nX: y',
    'PJSIP/1',
    'constructor',
    'agent-１２３',
  ])('nothing else can be dialled: %j', (id) => {
    expect(targets.resolve(id)).toBeNull();
  });

  test('mistakes have their places', () => {
    const bad = `default: suport-queue
targts: {}
targets:
  support-queue: 1000@127.0.0.1
  agent-NNN: sip:agent@10.0.0.5
  Sales: sip:1@h
  a: { number: "1001" }
  b: { trunk: outside }
  c: { trunk: "a/b", number: "1" }
  d: { trunk: outside, number: "1;x" }
`;
    expect(parseTargets('t.yaml', bad).mistakes.map(formatMistake)).toEqual([
      't.yaml:2:1: unknown-key: the targets file has no key `targts`; did you mean `targets`?',
      't.yaml:4:18: bad-value: `1000@127.0.0.1` is no SIP address; write one such as `sip:1001@10.0.0.5:5060`',
      't.yaml:5:3: bad-value: target `agent-NNN` is a pattern, but its address has no `NNN` for the digits',
      't.yaml:6:3: bad-name: `Sales` cannot be a target; write small letters, digits and dashes, with `-NNN` at the end for any digits',
      't.yaml:7:6: missing-key: target `a` has a `number` and needs the `trunk` that calls it',
      't.yaml:8:6: missing-key: target `b` needs one of `address`, `number` and `registered`',
      't.yaml:9:15: bad-value: `trunk` of target `c` cannot be `a/b`; write an id of asterisk-config/trunks.yaml',
      't.yaml:10:32: bad-value: `number` of target `d` cannot be `1;x`; write a number or name such as "1001"',
      't.yaml:1:10: unknown-target: the default target `suport-queue` is none of the targets; there are none',
    ]);
  });

  test('the shipped file is good', () => {
    const shipped = parseTargets('flows/targets.yaml', readFileSync('flows/targets.yaml', 'utf8'));
    expect(shipped.mistakes).toEqual([]);
    expect(shipped.targets.resolve('agent-101')).toBe('PJSIP/outbound/sip:101@127.0.0.1:5070');
  });
});
