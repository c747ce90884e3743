import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { collectPrompts, otpPrompts } from '../../src/flow/default-prompts';
import { DEFAULTS } from '../../src/flow/vocabulary';

const PAGE = readFileSync('docs/callers/journey.md', 'utf8');
const CATALOGUE = (parse(readFileSync('sounds/en/catalog.yaml', 'utf8')) as { prompts: Record<string, string> })
  .prompts;
const FLOW = parse(readFileSync('flows/transferred-call.yaml', 'utf8')) as Flow;

interface Flow {
  readonly steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const SPEAKING = ['say', 'while', 'menu', 'prompts'];
const NOWHERE = { file: '', line: 1, column: 1 };

/**
 * Words as they are heard: the key that sends a new one-time password is the shipped flow's 9. An amount or a reference at the end is
 * no part of the quotation.
 */
const heard = (id: string): string =>
  (CATALOGUE[id] ?? '').replace('{digits}', 'nine').replace(/ \{(?:amount|reference)\}\.$/, '');

function promptsIn(value: unknown): string[] {
  if (typeof value === 'string') return value in CATALOGUE ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(promptsIn) : [];
}

/** Every prompt that the shipped flow names. */
function promptsOfFlow(): string[] {
  return Object.values(FLOW.steps).flatMap((step) => SPEAKING.flatMap((key) => promptsIn(step[key])));
}

/** The questions that the language puts where the flow says nothing. */
function defaultQuestions(): string[] {
  const choices = [
    ...(['card-number', 'expiration-date', 'security-code'] as const).map((field) =>
      collectPrompts(field, [], NOWHERE),
    ),
    otpPrompts([], { resendKey: '9', fixed: true }, NOWHERE),
  ].flat();
  const asked = choices.filter(({ error }) => error === null);
  return asked.flatMap(({ say }) => say.flatMap((item) => (item.kind === 'prompt' ? [item.id] : [])));
}

describe('docs/callers/journey.md', () => {
  it('quotes nothing that is not recorded', () => {
    const recorded = new Set(Object.keys(CATALOGUE).map(heard));
    const quoted = [...PAGE.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(quoted.length).toBeGreaterThan(30);
    expect(quoted.filter((words) => !recorded.has(words))).toEqual([]);
  });

  it('quotes every prompt that the shipped flow names', () => {
    const named = promptsOfFlow();
    expect(named).toContain('payment-approved');
    expect(named.filter((id) => !PAGE.includes(`"${heard(id)}"`))).toEqual([]);
  });

  it('quotes the questions that the shipped flow leaves to the language', () => {
    const asked = defaultQuestions();
    expect(asked).toContain('enter-security-code-4');
    // Asked only when the brand is not known, which the shipped flow does not accept.
    const missing = asked.filter((id) => id !== 'enter-security-code' && !PAGE.includes(`"${heard(id)}"`));
    expect(missing).toEqual([]);
  });

  it.each([
    ['another card', 4_000],
    ['first key', DEFAULTS.timeoutMs],
    ['next key', DEFAULTS.interdigitMs],
    ['one more key', DEFAULTS.termMs],
    ['an agent to answer', DEFAULTS.ringMs],
    ['the whole call', DEFAULTS.sessionMs],
  ])('tells the wait for %s', (what, ms) => {
    const row = PAGE.split('\n').find((line) => /\| \d+ s +\|$/.test(line) && line.includes(what)) ?? '';
    expect(row).toMatch(new RegExp(`\\| ${ms / 1000} s +\\|$`));
  });

  it('has the times and keys of the shipped flow', () => {
    expect(FLOW).toMatchObject({
      'session-timeout': '5m',
      steps: { back: { ring: '25s' }, 'send-otp': { min: 6, max: 6, 'resend-key': '9', resends: 1 } },
    });
    const timers = ['timeout', 'interdigit-timeout', 'term-timeout', 'terminator', 'clear-key'];
    const own = Object.entries(FLOW.steps).flatMap(([name, step]) =>
      timers.filter((timer) => timer in step).map((timer) => [name, timer, step[timer]]),
    );
    expect(own).toEqual([['other-card', 'timeout', '4s']]);
  });
});
