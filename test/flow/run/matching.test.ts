import { HushtoneError } from '../../../src/errors';
import { FlowWorld, MASTERCARD, VISA, type WorldScript } from '../../support/scripted-flow-world';

/** One collecting step, and what follows. */
function flow(collect: string): string {
  return `flow: twice
dids: ["7120"]
languages: [en]
start: ask
steps:
  ask: { ${collect}, on: { collected: thanks, failed: sorry } }
  thanks: { say: thanks, end: true }
  sorry: { say: sorry-not-understood, end: true }
`;
}

function world(collect: string, script: WorldScript): FlowWorld {
  return new FlowWorld({ flow: flow(collect), ...script });
}

describe('matching', () => {
  const CARD = 'collect: card-number, matching: true, attempts: 2';

  it('has a card number keyed twice, keeps one slot and wipes the other', async () => {
    let held = -1;
    const one = world(CARD, {
      keys: { 'card-number': [VISA, VISA] },
      reach: (effect) => {
        if (effect === 'say:thanks') held = one.vault.size();
      },
    });
    await one.run();
    expect(one.call.heard).toEqual(['enter-card-number end-with-hash', 'enter-again end-with-hash', 'thanks']);
    expect(held).toBe(1);
    expect(one.vault.size()).toBe(0);
  });

  it('says when the two differ, forgets both, and starts over', async () => {
    const sizes: number[] = [];
    const one = world(CARD, {
      keys: { 'card-number': [VISA, MASTERCARD, MASTERCARD, MASTERCARD] },
      reach: (effect) => {
        if (effect === 'listen:card-number') sizes.push(one.vault.size());
      },
    });
    await one.run();
    expect(sizes).toEqual([0, 1, 0, 1]);
    expect(one.call.heard[2]).toBe('entries-did-not-match enter-card-number end-with-hash');
    expect(one.steps.at(-1)).toBe('thanks');
    expect(one.call.listens.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2]);
  });

  it('fails when the attempts are used up, with nothing left in the vault', async () => {
    let held = -1;
    const one = world(CARD, {
      keys: { 'card-number': [VISA, MASTERCARD, VISA, { fails: 'timeout' }] },
      reach: (effect) => {
        if (effect === 'say:sorry-not-understood') held = one.vault.size();
      },
    });
    await one.run();
    expect(one.steps.at(-1)).toBe('sorry');
    expect(held).toBe(0);
  });

  it('compares the text of a field that is not sensitive', async () => {
    const one = world(
      'collect: phone-number, save: phone, matching: true, prompts: [{ error: second-entry, say: once-more }]',
      {
        keys: { 'phone-number': ['4155550100', '4155550101', '4155550100', '4155550100'] },
      },
    );
    await one.run();
    expect(one.call.heard.slice(1, 3)).toEqual(['once-more', 'entries-did-not-match enter-phone-number end-with-hash']);
    expect(one.steps.at(-1)).toBe('thanks');
  });

  it.each([1, 2])('leaves nothing in the vault when the caller hangs up at entry %i', async (entry) => {
    let entries = 0;
    const one = world(CARD, {
      keys: { 'card-number': [VISA, VISA] },
      reach: (effect) => {
        if (effect === 'listen:card-number' && (entries += 1) === entry) one.call.end('caller');
      },
    });
    await one.run();
    expect(one.vault.size()).toBe(0);
  });
});

describe('readback: last4', () => {
  it('says the last four digits of a card, and no more of it', async () => {
    const one = world('collect: card-number, readback: last4', { keys: { 'card-number': [VISA] } });
    await one.run();
    expect(one.call.heard).toEqual(['enter-card-number end-with-hash', 'card-ending-in=1111', 'thanks']);
  });

  it('says those of another field, after both entries', async () => {
    const one = world('collect: account-number, save: account, matching: true, readback: last4', {
      keys: { 'account-number': ['00012345', '00012345'] },
    });
    await one.run();
    expect(one.call.heard.slice(1)).toEqual(['enter-again end-with-hash', 'number-ending-in=2345', 'thanks']);
  });

  it('costs nothing when it cannot be played', async () => {
    const one = world('collect: card-number, readback: last4', {
      keys: { 'card-number': [VISA] },
      reach: (effect) => {
        if (effect.startsWith('say:card-ending-in')) throw new HushtoneError('playback-failed');
      },
    });
    await one.run();
    expect(one.steps.at(-1)).toBe('thanks');
    expect(one.events).toContainEqual(expect.objectContaining({ type: 'failed', code: 'playback-failed' }));
  });
});

test('a field that the flow calls sensitive is muted for, kept in the vault, and saved nowhere', async () => {
  let held = -1;
  const one = world('collect: account-number, sensitive: true', {
    keys: { 'account-number': ['00012345'] },
    reach: (effect) => {
      if (effect === 'say:thanks') held = one.vault.size();
    },
  });
  await one.run();
  expect(one.call.listens[0]).toMatchObject({ sensitive: true });
  expect(held).toBe(1);
  expect(JSON.stringify(one.stored)).not.toContain('00012345');
});
