import { readFileSync } from 'node:fs';
import type { Flow, PromptChoice } from '../../src/flow/ast';
import { BUILT_IN_PROMPTS } from '../../src/flow/compile/built-in';
import { saidBy } from '../../src/flow/check/templates';
import { parseFlow } from '../../src/flow/parse/parse-flow';
import { parseCatalogue } from '../../src/flow/prompts/parse-catalogue';
import { choosePrompt } from '../../src/flow/run/prompt-choice';
import { FIELD_ERRORS, FIELDS, type FieldName } from '../../src/flow/vocabulary';

function flowOf(steps: string): Flow {
  const { flow, mistakes } = parseFlow('x.yaml', `flow: x\ndids: ["1"]\nlanguages: [en]\nstart: a\nsteps:\n${steps}`);
  expect(mistakes).toEqual([]);
  if (flow === null) throw new Error('no flow');
  return flow;
}

function promptsOf(step: string): readonly PromptChoice[] {
  const found = flowOf(`  a: { ${step} }\n`).steps.get('a');
  return found !== undefined && 'prompts' in found ? found.prompts : [];
}

function said(
  prompts: readonly PromptChoice[],
  attempt: number,
  error: string | null,
  brand: string | null = null,
): string {
  return choosePrompt(prompts, { attempt, error, brand, language: 'en' })
    .map((item) => (item.kind === 'prompt' ? item.id : item.kind))
    .join(' ');
}

const ON = 'on: { collected: a, failed: a }';

describe('what a collecting step says by default', () => {
  test('asks for the field, and says each error before asking again', () => {
    const prompts = promptsOf(`collect: expiration-date, ${ON}`);
    expect(said(prompts, 1, null)).toBe('enter-expiration-date');
    expect(said(prompts, 2, 'timeout')).toBe('nothing-heard enter-expiration-date');
    expect(said(prompts, 3, 'invalid-date')).toBe('expiration-date-not-valid enter-expiration-date');
  });

  test.each(Object.keys(FIELDS) as FieldName[])('%s has a question, and words for every error before it', (field) => {
    const prompts = promptsOf(`collect: ${field}, ${ON}`);
    const question = said(prompts, 1, null);
    expect(question).toMatch(/^enter-[a-z-]+( end-with-hash)?$/);
    for (const error of FIELD_ERRORS) {
      const [what = '', ...asked] = said(prompts, 2, error).split(' ');
      expect([error, what]).toEqual([error, expect.stringMatching(/^[a-z-]+$/)]);
      expect(asked.join(' ')).toBe(question);
    }
  });

  test("asks for a security code in the card's own length", () => {
    const prompts = promptsOf(`collect: security-code, ${ON}`);
    expect(said(prompts, 1, null, 'amex')).toBe('enter-security-code-4');
    expect(said(prompts, 1, null, 'visa')).toBe('enter-security-code-3');
    expect(said(prompts, 1, null)).toBe('enter-security-code');
    expect(said(prompts, 2, 'invalid-security-code', 'amex')).toBe('security-code-not-valid enter-security-code-4');
  });

  test('a flow overrides one case and leaves the others', () => {
    const prompts = promptsOf(
      `collect: card-number, prompts: [{ say: my-own }, { error: timeout, say: hello }, { attempt: 2, error: too-short, say: longer }], ${ON}`,
    );
    expect(said(prompts, 1, null)).toBe('my-own');
    expect(said(prompts, 2, 'timeout')).toBe('hello');
    expect(said(prompts, 2, 'too-short')).toBe('longer');
    expect(said(prompts, 3, 'too-short')).toBe('too-short my-own');
    expect(said(prompts, 2, 'invalid-card-number')).toBe('card-number-not-valid my-own');
  });

  test('a plain prompt of the flow also replaces asking by brand; one for a brand leaves the others', () => {
    expect(said(promptsOf(`collect: security-code, prompts: my-own, ${ON}`), 1, null, 'amex')).toBe('my-own');
    const one = promptsOf(`collect: security-code, prompts: [{ brand: amex, say: my-own }], ${ON}`);
    expect(said(one, 1, null, 'amex')).toBe('my-own');
    expect(said(one, 2, 'timeout', 'amex')).toBe('nothing-heard my-own');
    expect(said(one, 1, null, 'visa')).toBe('enter-security-code-3');
  });

  test('an OTP step tells of the resend key and says when a new one was sent', () => {
    const otp = 'otp: x, on: { collected: a, failed: a, error: a }';
    expect(said(promptsOf(otp), 1, null)).toBe('enter-otp end-with-hash');
    const resending = promptsOf(`${otp}, min: 6, max: 6, resend-key: "9"`);
    expect(said(resending, 1, null)).toBe('enter-otp otp-resend-hint digits');
    expect(said(resending, 2, 'otp-resent')).toBe('otp-resent');
    expect(said(promptsOf(`${otp}, resend-key: "9", resends: 0`), 1, null)).toBe('enter-otp end-with-hash');
  });

  test('a menu repeats its own words after saying what was wrong', () => {
    const prompts = promptsOf('menu: choose, choices: { "1": a }, on: { none: a }');
    expect(said(prompts, 1, null)).toBe('choose');
    expect(said(prompts, 2, 'invalid-value')).toBe('choice-not-valid choose');
    expect(said(prompts, 2, 'timeout')).toBe('nothing-heard choose');
  });
});

test('every default prompt is in the shipped English catalogue', () => {
  const { catalogue } = parseCatalogue(readFileSync('sounds/en/catalog.yaml', 'utf8'), 'sounds/en/catalog.yaml');
  const steps = Object.keys(FIELDS).map(
    (field, index) => `  a${index}: { collect: ${field}, on: { collected: a0, failed: a0 } }\n`,
  );
  const flow = flowOf(
    `${steps.join('')}  a: { menu: please-wait, choices: { "1": a0 }, on: { none: a0 } }\n  o: { otp: x, resend-key: "9", on: { collected: a0, failed: a0, error: a0 } }\n`,
  );
  const ids = [...flow.steps.values()].flatMap((step) =>
    saidBy(step).flatMap((item) => (item.kind === 'prompt' ? [item.id] : [])),
  );
  const all = new Set([...ids, ...Object.values(BUILT_IN_PROMPTS)]);
  expect([...all].filter((id) => catalogue?.prompts.has(id) !== true)).toEqual([]);
  expect(all.size).toBeGreaterThan(30);
});
