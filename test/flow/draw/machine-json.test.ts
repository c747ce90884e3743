import { readFileSync } from 'node:fs';
import { createActor, createMachine, fromPromise, type AnyStateMachine, type AnyStateNode } from 'xstate';
import { compileFlow } from '../../../src/flow/compile/compile-flow';
import { machineJson } from '../../../src/flow/draw/machine-json';
import { parseFlow } from '../../../src/flow/parse/parse-flow';
import { stateIn } from '../../../src/flow/compile/ways';
import { settle } from '../../support/manual-clock';

const FLOWS = ['flows/transferred-call.yaml', 'flows/payment-key.yaml', 'test/flow/golden/good/sessions.yaml'];

interface Loaded {
  readonly machine: AnyStateMachine;
  readonly text: string;
  readonly steps: readonly string[];
}

/** The machine that somebody else's XState makes of the JSON alone. */
function loaded(file: string): Loaded {
  const { flow } = parseFlow(file, readFileSync(file, 'utf8'));
  if (flow === null) throw new Error(`${file} is no flow`);
  const text = machineJson(compileFlow(flow).machine);
  const machine = createMachine(JSON.parse(text) as Parameters<typeof createMachine>[0]);
  return { machine, text, steps: [...flow.steps.keys()] };
}

/** Every node that some way leads to. */
function reached(machine: AnyStateMachine): readonly AnyStateNode[] {
  const found = new Set<AnyStateNode>();
  const visit = (node: AnyStateNode): void => {
    if (found.has(node)) return;
    found.add(node);
    for (const target of node.initial.target) visit(target);
    const ways = [...node.transitions.values()].flat().concat(node.always ?? []);
    for (const { target } of ways) for (const next of target ?? []) visit(next);
  };
  visit(machine.root);
  return [...found];
}

/** The steps that a call goes through whose effects all answer at once, with the guards of these names true. */
async function walk({ machine, text }: Loaded, ...names: readonly string[]): Promise<readonly string[]> {
  const guards = [...text.matchAll(/"guard": "([^"]+)"/g)].map(([, name = '']) => name);
  const effects = [...text.matchAll(/"src": "([^"]+)"/g)].map(([, name = '']) => name);
  expect(names.filter((name) => !guards.includes(name))).toEqual([]);
  const given = machine.provide({
    guards: Object.fromEntries(guards.map((name) => [name, () => names.includes(name)])),
    actors: Object.fromEntries(effects.map((name) => [name, fromPromise(() => Promise.resolve(null))])),
  });
  const actor = createActor(given);
  const steps: string[] = [];
  actor.subscribe(({ value }) => {
    const step = stateIn(value);
    if (!step.startsWith('$') && steps.at(-1) !== step) steps.push(step);
  });
  actor.start();
  for (let turn = 0; turn < 50 && actor.getSnapshot().status === 'active'; turn++) await settle();
  expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: '$done' });
  return steps;
}

describe.each(FLOWS)('the machine of %s as JSON', (file) => {
  test('loads into XState, and ways lead to every step', () => {
    const { machine, steps } = loaded(file);
    const nodes = reached(machine);
    expect(nodes.map(({ key }) => key)).toEqual(expect.arrayContaining([...steps, '$done']));
    for (const { invoke } of nodes) for (const { src } of invoke) expect(typeof src).toBe('string');
  });

  test('has guards by names that tell the ways of a place apart, and no code', () => {
    const { machine, text } = loaded(file);
    for (const { id, transitions, always = [] } of reached(machine)) {
      for (const ways of [...transitions.values(), always]) {
        const names = ways.map(({ guard }) => guard as unknown);
        // The last one is for whatever is left.
        const guarded = names.filter((name) => name !== undefined);
        expect([id, guarded]).toEqual([id, [...new Set(guarded)]]);
        for (const name of guarded) expect(name).toMatch(/^[a-z][a-z0-9*# -]+$/);
      }
    }
    expect(text).not.toMatch(/=>|function|null|"guard": ""/);
  });
});

describe('a call through the machine that was made of the JSON', () => {
  const call = loaded('flows/transferred-call.yaml');

  test('pays, and goes back', async () => {
    expect(await walk(call, 'order known', 'collected', 'ours to send', 'ok', 'approved', 'answered')).toEqual([
      ...['welcome', 'private', 'card', 'expiry', 'cvv', 'sending', 'send-otp', 'pay'],
      ...['confirmed', 'receipt', 'thanks', 'back'],
    ]);
  });

  test('without an attempt left is sorry, and finds nobody', async () => {
    expect(await walk(call, 'order known', 'no attempt left', 'no-answer')).toEqual([
      ...['welcome', 'private', 'sorry', 'back', 'second-agent', 'back-again', 'nobody'],
    ]);
  });
});
