import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { loadFlows } from '../../../src/flow/load-flows';
import { testWorld } from '../support/flow-world';

const TEXT = readFileSync('flows/transferred-call.yaml', 'utf8');
const LINES = TEXT.split('\n');

/** What a hand at a keyboard does to a file. */
const damage = fc.oneof(
  fc.tuple(fc.nat(TEXT.length), fc.nat(40)).map(([at, length]) => TEXT.slice(0, at) + TEXT.slice(at + length)),
  fc
    .tuple(
      fc.nat(TEXT.length),
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        '"',
        "'",
        '{{',
        '}}',
        '- ',
        '\t',
        '&a ',
        '*a',
        '!!x ',
        '~',
        '\u0000',
        '|',
        '\n',
      ),
    )
    .map(([at, what]) => TEXT.slice(0, at) + what + TEXT.slice(at)),
  fc
    .tuple(fc.nat(LINES.length), fc.nat(LINES.length))
    .map(([a, b]) => [...LINES.slice(0, a), ...LINES.slice(b)].join('\n')),
  fc.string({ maxLength: 200 }),
);

test('whatever the text is, it is either a good flow or has mistakes at places in it', () => {
  fc.assert(
    fc.property(damage, (text) => {
      const { flows, mistakes } = loadFlows([{ path: 'x.yaml', text }], testWorld());
      const lines = text.split(/\r\n|\r|\n/);
      for (const { place, message } of mistakes) {
        expect(message).not.toMatch(/\n|undefined|\[object/);
        expect(place.line).toBeLessThanOrEqual(lines.length);
        expect(place.column).toBeLessThanOrEqual((lines[place.line - 1] ?? '').length + 1);
      }
      expect(flows.size > 0).toBe(mistakes.length === 0);
    }),
    { numRuns: 200 },
  );
});
