import { FlowWorld, type WorldScript } from '../../support/scripted-flow-world';

const OFFER = 'language-choice 1 es:language-choice es:2 hi:language-choice hi:3';

async function finished(script: Pick<WorldScript, 'keys'>): Promise<FlowWorld> {
  const world = new FlowWorld({
    flow: 'payment-key',
    headers: {},
    exchanges: { 'ivr-authorizer.run': [{ values: { amount: '200.00', order_id: 'ord-234' } }] },
    ...script,
    keys: { 'payment-key': ['257139'], confirm: ['1'], ...script.keys },
  });
  await world.run();
  return world;
}

describe('a caller with a payment key', () => {
  test.each([
    ['1', ''],
    ['2', 'es:'],
    ['3', 'hi:'],
  ])('who chooses %s is spoken to in that language to the end', async (key, language) => {
    const world = await finished({ keys: { menu: [key] } });
    const [offer, ...heard] = world.call.heard;
    expect(offer).toBe(OFFER);
    expect(heard[0]).toBe(`${language}welcome-payment-line`);
    expect(heard.at(-1)).toBe(`${language}goodbye`);
    expect(heard.filter((words) => !words.startsWith(language))).toEqual([]);
    expect(world.payments).toMatchObject([{ amount: '200.00', currency: 'MXN', reference: 'ord-234' }]);
  });

  test.each([
    ['keeps silent', { fails: 'timeout' }],
    ['presses another key', '7'],
  ] as const)('who %s hears English, and the choice once', async (_what, choice) => {
    const world = await finished({ keys: { menu: [choice] } });
    expect(world.call.heard.slice(0, 2)).toEqual([OFFER, 'welcome-payment-line']);
    expect(world.call.heard.at(-1)).toBe('goodbye');
    expect(world.payments).toHaveLength(1);
  });
});
