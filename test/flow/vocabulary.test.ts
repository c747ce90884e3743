import { readFileSync } from 'node:fs';
import { FIELDS as KEYPAD_FIELDS } from '../../src/dtmf/fields';
import { flowReference } from '../../src/flow/reference';
import { flowSchemaText } from '../../src/flow/schema';
import { FIELDS, STEP_KINDS, stepRule } from '../../src/flow/vocabulary';

test('the fields of the language are those that a keypad can fill, equally sensitive', () => {
  const always = Object.entries(KEYPAD_FIELDS).map(([name, field]) => [name, field.sensitive === 'always']);
  expect(Object.entries(FIELDS).sort()).toEqual(always.sort());
});

test('an outcome without a way of its own takes that of one that must be wired', () => {
  for (const kind of STEP_KINDS) {
    const { outcomes } = stepRule(kind);
    for (const { way } of Object.values(outcomes)) {
      if (typeof way !== 'string') expect(outcomes[way.like]?.way).toBe('required');
    }
  }
});

test('docs/ops/flow-reference.md is made from the vocabulary: `hushtone flow reference > docs/ops/flow-reference.md`', () => {
  expect(readFileSync('docs/ops/flow-reference.md', 'utf8')).toBe(flowReference());
});

test('flows/flow.schema.json is made from the vocabulary: `hushtone flow schema > flows/flow.schema.json`', () => {
  expect(readFileSync('flows/flow.schema.json', 'utf8')).toBe(flowSchemaText());
});
