import { FlowWorld, type WorldScript } from '../../support/scripted-flow-world';

/** Says each prompt with the language in front, as the scripted prompts do for all but English. */
const FLOW = `flow: languages
dids: { "7000": en, "7001": es }
languages: [en, es]
context: [{ headers: { language: X-Language } }]
start: choose
steps:
  choose:
    menu: [{ prompt: language-choice, language: en }, { digits: "1", language: en }, { prompt: language-choice, language: es }]
    attempts: 1
    choices: { "1": english, "2": spanish, "3": asked }
    on: { none: code }
  english: { set: { language: en }, next: code }
  spanish: { set: { language: es }, next: code }
  asked: { connect: crm, on: { ok: code, error: code } }
  code:
    collect: card-number
    prompts: [{ language: es, say: tarjeta }]
    on: { collected: told, failed: told }
  told: { say: [{ reference: "{{ call.language }}" }], next: bye }
  bye: { end: true }
`;

function world(script: WorldScript): FlowWorld {
  return new FlowWorld({ flow: FLOW, headers: {}, ...script });
}

async function heard(script: WorldScript): Promise<readonly string[]> {
  const one = world(script);
  await one.run();
  return one.call.heard;
}

describe('the language of a call', () => {
  it('is the one of its number, and what says its own language is said in that', async () => {
    const [menu, card, told] = await heard({ keys: { menu: [{ fails: 'timeout' }] } });
    expect(menu).toBe('language-choice 1 es:language-choice');
    expect([card, told]).toEqual(['es:tarjeta', 'es:es']);
  });

  it('changes with the menu', async () => {
    const [, card, told] = await heard({ keys: { menu: ['1'] } });
    expect([card, told]).toEqual(['enter-card-number end-with-hash', 'en']);
  });

  it('changes with what a header or a connector says', async () => {
    const header = await heard({ headers: { 'X-Language': 'en' }, keys: { menu: [{ fails: 'timeout' }] } });
    expect(header.at(-1)).toBe('en');
    const answer = await heard({ keys: { menu: ['3'] }, exchanges: { 'crm.run': [{ values: { language: 'en' } }] } });
    expect(answer.at(-1)).toBe('en');
  });

  it('stays what it is when the flow does not have the one that was asked for, which is reported', async () => {
    const one = world({ headers: { 'X-Language': 'fr' }, keys: { menu: [{ fails: 'timeout' }] } });
    await one.run();
    expect(one.call.heard.at(-1)).toBe('es:es');
    expect(one.events).toContainEqual({
      type: 'failed',
      code: 'context-invalid',
      reason: 'the value "language" is none of the flow\'s languages (en, es)',
    });
  });

  it('is kept when another engine goes on with the call', async () => {
    const first = world({ keys: { menu: ['1'], 'card-number': ['silent-for-ever'] }, hangUpAt: 'say:nothing' });
    void first.begin();
    await new Promise((resolve) => setImmediate(resolve));
    await settled(() => first.steps.includes('code'));
    const stored = first.stored.at(-1);
    const second = world({ restored: 'ask-again' });
    await second.run(stored);
    expect(second.call.heard[0]).toBe('enter-card-number end-with-hash');
    expect(second.call.heard.at(-1)).toBe('en');
  });
});

async function settled(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !done(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(done()).toBe(true);
}
