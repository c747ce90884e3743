import { walkFlow } from '../../../../src/flow/run/simulate/walk';
import { shippedWorld } from './simulated-world';

test('no shipped flow has a dead end, silence over 5 s, a step nobody comes to, or money that moves without a word', async () => {
  const { world, flows } = await shippedWorld();
  expect(flows.map(({ flow }) => flow.id)).toEqual(expect.arrayContaining(['transferred-call', 'payment-key']));
  for (const compiled of flows) {
    const { findings, unreached, complete } = await walkFlow(compiled, world);
    expect({ flow: compiled.flow.id, findings, unreached, complete }).toEqual({
      flow: compiled.flow.id,
      findings: [],
      unreached: [],
      complete: true,
    });
  }
});
