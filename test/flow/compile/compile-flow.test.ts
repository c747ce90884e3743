import { readFileSync } from 'node:fs';
import { initialTransition } from 'xstate';
import { BUILT_IN_PROMPTS } from '../../../src/flow/compile/built-in';
import { compileFlow } from '../../../src/flow/compile/compile-flow';
import type { FlowInput } from '../../../src/flow/compile/context';
import { parseFlow } from '../../../src/flow/parse/parse-flow';
import { STEP_KINDS } from '../../../src/flow/vocabulary';

const EVERY_KIND = `
flow: every-kind
dids: ["1"]
languages: [en]
require: []
start: say
on: { hangup: sms, session-timeout: say, engine-error: say }
steps:
  say: { say: welcome, next: collect }
  collect: { collect: card-number, on: { collected: menu, failed: end } }
  menu: { menu: press-1-other-card, choices: { "1": confirm }, on: { none: end } }
  confirm: { confirm: press-1-yes-2-no, on: { yes: otp, no: end, none: end } }
  otp: { otp: otp-pay, resend-key: "9", on: { collected: pay, failed: end, error: end } }
  pay:
    pay: otp-pay
    amount: "1.00"
    currency: INR
    reference: "1"
    on: { approved: connect, declined: end, unknown: end, error: end }
  connect: { connect: crm, on: { ok: route, error: end, vip: set } }
  route: { route: { when: [{ if: "{{ a = 1 }}", next: set }], else: end } }
  set: { set: { a: "1" }, next: sms }
  sms: { sms: { connector: sms-dlt, to: "{{ phone }}", template: receipt }, on: { ok: link, error: end } }
  link: { link: { header: X-Link-Id, prompt: enter-link-id }, on: { linked: assist, failed: end } }
  assist: { assist: { agent: support-queue }, on: { finished: end, no-answer: send-link } }
  send-link: { send-link: { to: "{{ phone }}" }, on: { ok: return, error: end } }
  return: { return: default, on: { no-answer: end } }
  end: { end: true }
`;

function compiledFrom(text: string) {
  const { flow, mistakes } = parseFlow('f.yaml', text);
  if (flow === null || mistakes.length > 0) throw new Error(JSON.stringify(mistakes));
  return compileFlow(flow);
}

const FLOWS = [
  ['every kind of step', EVERY_KIND],
  ['the shipped flow', readFileSync('flows/transferred-call.yaml', 'utf8')],
] as const;

interface StateDefinition {
  readonly type: string;
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly invoke: readonly { readonly src: unknown; readonly id: string }[];
  readonly transitions: readonly { readonly eventType: string; readonly target?: readonly unknown[] }[];
  readonly states: Readonly<Record<string, StateDefinition>>;
}

function states(definition: StateDefinition): StateDefinition[] {
  return [definition, ...Object.values(definition.states).flatMap(states)];
}

describe.each(FLOWS)('the machine of %s', (_name, text) => {
  const { flow, machine } = compiledFrom(text);
  const all = states(machine.definition as unknown as StateDefinition);

  test('has a state for each step, named after it', () => {
    expect(Object.keys(machine.states)).toEqual(expect.arrayContaining([...flow.steps.keys()]));
  });

  test('has no effect on entry or exit, and no timer: XState would not repeat them on restore', () => {
    expect(all.flatMap(({ entry, exit }) => [...entry, ...exit])).toEqual([]);
    expect(
      all.flatMap(({ transitions }) => transitions).filter(({ eventType }) => eventType.includes('after')),
    ).toEqual([]);
  });

  test('has a way for the failure of every effect', () => {
    const effects = all.flatMap((state) => state.invoke.map((invoke) => ({ state, invoke })));
    expect(effects.length).toBeGreaterThan(10);
    for (const { state, invoke } of effects) {
      const failures = state.transitions.filter(({ eventType }) => eventType === `xstate.error.actor.${invoke.id}`);
      expect(failures.length).toBeGreaterThan(0);
      expect(failures.every(({ target }) => (target?.length ?? 0) > 0)).toBe(true);
    }
  });

  test('runs nothing when its effects were not provided', () => {
    const input: FlowInput = {
      call: { id: 'call_1', caller: '', did: '1', flow: flow.id, version: flow.version, language: 'en' },
      languages: ['en'],
      deadline: 1,
      resume: null,
    };
    const [snapshot] = initialTransition(machine, input);
    expect(snapshot.value).toBe('$load');
    expect(JSON.parse(JSON.stringify(snapshot.context))).toEqual(snapshot.context);
  });
});

test('these machines have every kind of step', () => {
  const kinds = new Set([...compiledFrom(EVERY_KIND).flow.steps.values()].map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([...STEP_KINDS].sort());
});

test('every prompt of the built-in states is in the catalogue', () => {
  const catalogue = readFileSync('sounds/en/catalog.yaml', 'utf8');
  for (const prompt of Object.values(BUILT_IN_PROMPTS)) expect(catalogue).toContain(`\n  ${prompt}: `);
});
