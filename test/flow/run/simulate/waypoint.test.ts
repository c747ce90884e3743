import type { CompiledFlow } from '../../../../src/flow/compile/compile-flow';
import type { Act, Decider, Moment } from '../../../../src/flow/run/simulate/moments';
import { sampleHeaders } from '../../../../src/flow/run/simulate/sample-values';
import { QuickDecider } from '../../../../src/flow/run/simulate/script-decider';
import { Simulation, type SimulationEvent } from '../../../../src/flow/run/simulate/simulation';
import type { Waypoint } from '../../../../src/flow/run/simulate/waypoint';
import { shippedWorld, type ShippedWorld } from './simulated-world';
import { VISA } from '../../../support/scripted-flow-world';

type Told = SimulationEvent & { readonly at: number; readonly step: string };

interface Passed {
  readonly waypoint: Waypoint;
  /** What had been told, and decided, before. */
  readonly told: number;
  readonly decided: number;
}

let shipped: ShippedWorld;
let flow: CompiledFlow;

beforeAll(async () => {
  shipped = await shippedWorld();
  const found = shipped.flows.find((each) => each.flow.id === 'transferred-call');
  if (found === undefined) throw new Error('there is no transferred-call');
  flow = found;
});

/** One call, from its beginning or from a waypoint, and the waypoints it passes. */
async function run(decide: (moment: Moment) => Act | Promise<Act>, from?: Waypoint) {
  const told: Told[] = [];
  const passed: Passed[] = [];
  const acts: Act[] = [];
  const decider: Decider = {
    decide: async (moment) => {
      const act = await decide(moment);
      acts.push(act);
      return act;
    },
  };
  const read = flow.flow.context.flatMap((each) => (each.kind === 'headers' ? Object.entries(each.headers) : []));
  const caller = { number: '+919800000100', did: '7001', headers: sampleHeaders(Object.fromEntries(read)) };
  const simulation = new Simulation(
    flow,
    caller,
    shipped.world,
    decider,
    (event, at, step) => {
      told.push({ ...event, at, step });
      const waypoint = event.type === 'state' ? simulation.waypoint() : null;
      if (waypoint !== null) passed.push({ waypoint, told: told.length, decided: acts.length });
    },
    from,
  );
  const end = await simulation.run();
  return { told, passed, acts, end };
}

/** Without what only says that the call was gone on with. */
function news(told: readonly Told[]): readonly Told[] {
  const first = told.findIndex(({ type }) => type !== 'call-resumed' && type !== 'step-entered');
  return told.slice(first);
}

const declined = { line: 0, item: 'outcome', of: 'pay', outcome: 'declined', values: {} } as const;

test('a call that goes on from a waypoint meets what the call met that came there', async () => {
  // A declined card, so that a payment lies behind some waypoints; the `#` of the security code comes when the next step has begun.
  const keys = [`${VISA}#`, '', '1229#', '731#', '123456', '5555555555554444#', '0130#', '123#', '654321'];
  const usual = new QuickDecider(keys, [declined], null);
  const whole = await run((moment) => usual.decide(moment));
  expect(whole.end).toMatchObject({ kind: 'ended', reason: 'agent' });
  expect(new Set(whole.passed.map(({ waypoint }) => waypoint.state)).size).toBeGreaterThan(5);
  expect(whole.passed.some(({ waypoint }) => waypoint.pressing.length > 0)).toBe(true);

  for (const { waypoint, told, decided } of whole.passed) {
    const acts = whole.acts.slice(decided);
    const rest = await run(() => acts.shift() ?? { act: 'abandon' }, waypoint);
    expect(rest.end).toEqual(whole.end);
    expect(news(rest.told)).toEqual(news(whole.told.slice(told)));
  }
});

test('a payment that was approved is not made again on the way from a waypoint', async () => {
  const usual = new QuickDecider([`${VISA}#`, '1229#', '731#', '123456'], [], null);
  const { passed } = await run((moment) => usual.decide(moment));
  expect(passed.map(({ waypoint }) => [...waypoint.settled.values()]).at(-1)).toEqual(['approved']);
});
