import { listenOnce } from '../../../../src/call/listening';
import { checkDefinitions } from '../../../../src/definitions';
import { compileFlow, type CompiledFlow } from '../../../../src/flow/compile/compile-flow';
import { parseFlow } from '../../../../src/flow/parse/parse-flow';
import type { Act, Decider, Moment } from '../../../../src/flow/run/simulate/moments';
import { sampleHeaders } from '../../../../src/flow/run/simulate/sample-values';
import {
  Simulation,
  type SimulationEnd,
  type SimulationEvent,
  type SimulationWorld,
} from '../../../../src/flow/run/simulate/simulation';

const FOLDERS = { flowsDir: 'flows', soundsDir: 'sounds', secretsFile: null };

export interface ShippedWorld {
  readonly world: SimulationWorld;
  readonly flows: readonly CompiledFlow[];
}

/** The shipped flows, connectors, prompts and targets, on a day that never changes. */
export async function shippedWorld(): Promise<ShippedWorld> {
  const { definitions, mistakes } = await checkDefinitions(FOLDERS);
  if (mistakes.length > 0) throw new Error(JSON.stringify(mistakes[0]));
  const { connectors, prompts, targets, flows } = definitions;
  const world = { connectors, prompts, targets, listenOnce, startAt: Date.UTC(2026, 0, 15, 12) };
  return { world, flows: [...new Set(flows.values())] };
}

const HEADER = `flow: planted
dids: ['7099']
languages: [en]
session-timeout: 5m
context: [{ headers: { amount: X-Amount, currency: X-Currency, order_id: X-Order-Id, phone: X-Customer-Phone } }]
require: [amount, currency, order_id]
`;

/** A flow of these steps, beginning with the first; the order comes in headers. The first step is line 9. */
export function planted(steps: string): CompiledFlow {
  const [, start = ''] = /^ {2}([a-z-]+):/m.exec(steps) ?? [];
  const parsed = parseFlow('planted.yaml', `${HEADER}start: ${start}\nsteps:\n${steps.replace(/^\n/, '')}`);
  if (parsed.flow === null || parsed.mistakes.length > 0) throw new Error(JSON.stringify(parsed.mistakes));
  return compileFlow(parsed.flow);
}

export interface Simulated {
  readonly end: SimulationEnd;
  readonly events: readonly (SimulationEvent & { readonly at: number; readonly step: string })[];
  /** What the caller heard, in words. */
  readonly heard: readonly string[];
}

/** One call in which `decide` answers; where it says null, things take their usual way and the caller keeps silent. */
export async function simulate(
  compiled: CompiledFlow,
  world: SimulationWorld,
  decide: Decider | ((moment: Moment) => Act | null),
  onEvent: (event: SimulationEvent) => void = () => undefined,
): Promise<Simulated> {
  const events: (SimulationEvent & { at: number; step: string })[] = [];
  const decider: Decider =
    typeof decide === 'function' ? { decide: (moment) => decide(moment) ?? usually(moment) } : decide;
  const read = compiled.flow.context.flatMap((each) => (each.kind === 'headers' ? Object.entries(each.headers) : []));
  const caller = { number: '+919800000100', did: '7099', headers: sampleHeaders(Object.fromEntries(read)) };
  const simulation = new Simulation(compiled, caller, world, decider, (event, at, step) => {
    events.push({ ...event, at, step });
    onEvent(event);
  });
  const end = await simulation.run();
  const heard = events.flatMap((event) => (event.type === 'said' ? [event.words] : []));
  return { end, events, heard };
}

function usually(moment: Moment): Act {
  if (moment.kind === 'said') return { act: 'listen' };
  if (moment.kind === 'keys') return { act: 'keep-silent' };
  return { act: 'answer', outcome: moment.question.options[0]?.outcome ?? '' };
}
