import { formatMistake } from '../../../src/flow/check/check-flow';
import { loadFlows } from '../../../src/flow/load-flows';
import { testWorld } from '../support/flow-world';

/** A flow of `blocks` payments, one behind the other, ten steps each. */
function longFlow(blocks: number, last: string): string {
  const steps = Array.from({ length: blocks }, (_none, at) => {
    const next = at + 1 < blocks ? `choose-${at + 1}` : 'bye';
    return `
  choose-${at}: { menu: [{ amount: "{{ amount }}", currency: "{{ currency }}" }, press-1-other-card], choices: { "1": card-${at} }, on: { none: ${next} } }
  card-${at}: { collect: card-number, attempts: 2, prompts: [{ error: timeout, say: nothing-heard }], on: { collected: expiry-${at}, failed: route-${at} } }
  expiry-${at}: { collect: expiration-date, on: { collected: cvv-${at}, failed: route-${at} } }
  cvv-${at}: { collect: security-code, on: { collected: stock-${at}, failed: route-${at} } }
  stock-${at}: { connect: stock, save: { state: state }, on: { ok: pay-${at}, sold-out: told-${at}, error: pay-${at} } }
  pay-${at}:
    pay: card-pay
    amount: "{{ amount }}"
    currency: "{{ currency }}"
    reference: "{{ order_id & '-${at}' }}"
    on: { approved: told-${at}, declined: card-${at}, unknown: told-${at}, error: route-${at} }
  told-${at}: { say: [payment-approved, { reference: "{{ payment.reference }}" }], next: sms-${at} }
  sms-${at}: { sms: { connector: sms-dlt, to: "{{ phone }}", template: receipt }, on: { ok: set-${at}, error: set-${at} } }
  set-${at}: { set: { tries: "{{ $number(amount) + ${at} }}" }, next: route-${at} }
  route-${at}: { route: { when: [{ if: "{{ tries > 3 and state = 'good' }}", next: ${next} }], else: ${next} } }`;
  });
  return `flow: long
dids: ["7300"]
languages: [en]
session-timeout: 30m
context: [{ headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, phone: X-Phone } }]
start: choose-0
steps:${steps.join('')}
  bye: { ${last} }
`;
}

/** CPU time: how busy the machine is, is not the checker's doing. */
function check(text: string): { readonly mistakes: readonly string[]; readonly ms: number } {
  const from = process.cpuUsage();
  const { mistakes } = loadFlows([{ path: 'long.yaml', text }], testWorld());
  const { user, system } = process.cpuUsage(from);
  return { mistakes: mistakes.map(formatMistake), ms: (user + system) / 1000 };
}

test('a flow of 300 steps is checked whole, and finds its one mistake', () => {
  const cold = check(longFlow(30, 'say: goodbye, end: true'));
  expect(cold.mistakes).toEqual([]);
  const warm = check(longFlow(30, 'say: goodby, end: true'));
  expect(warm.mistakes).toEqual([
    'long.yaml:458:15: unknown-prompt: there is no prompt `goodby` in `en`; did you mean `goodbye`?',
  ]);
  process.stdout.write(
    `check of 301 steps: ${cold.ms.toFixed(0)} ms of CPU the first time, ${warm.ms.toFixed(0)} ms the next\n`,
  );
});
