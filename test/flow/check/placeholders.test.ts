import { formatMistake } from '../../../src/flow/check/check-flow';
import type { FlowWorld } from '../../../src/flow/check/world';
import { loadFlows } from '../../../src/flow/load-flows';
import { createSoundLibrary } from '../../../src/flow/run/sound-library';
import { goodCatalogue, TINY } from '../prompts/catalogues';
import { testWorld } from '../support/flow-world';

/** The small world's prompts, with the places for values of a real catalogue. */
function placesOf(words: string): FlowWorld['prompts'] {
  const library = createSoundLibrary([{ catalogue: goodCatalogue(words), recorded: new Set() }]);
  return { ...testWorld().prompts, unfilled: (...asked) => library.unfilled(...asked) };
}

function check(say: string, words: string): readonly string[] {
  const text = `flow: small
dids: ["7001"]
languages: [en]
start: a
steps:
  a: { say: ${say}, end: true }
`;
  const { mistakes } = loadFlows([{ path: 'small.yaml', text }], testWorld({ prompts: placesOf(words) }));
  return mistakes.map(formatMistake);
}

const GOODBYE = TINY.replace('hello: Hello there.', "goodbye: '{amount} by {date}, {amount}.'");

test('each value that is not there is one mistake, however often the words have a place for it', () => {
  const money = '{ amount: "1", currency: USD }';
  expect(check('goodbye', GOODBYE)).toEqual([
    'small.yaml:6:13: unfilled-prompt: nothing fills the `{amount}` of the prompt `goodbye` in `en`; put `{ amount: "{{ amount }}", currency: "{{ currency }}" }` right behind it',
    'small.yaml:6:13: unfilled-prompt: nothing fills the `{date}` of the prompt `goodbye` in `en`; put `{ date: "2026-01-31" }` right behind it',
  ]);
  expect(check(`[goodbye, ${money}]`, GOODBYE)).toEqual([expect.stringContaining('nothing fills the `{date}`')]);
  expect(check(`[goodbye, ${money}, { date: "2026-01-31" }]`, GOODBYE)).toEqual([]);
  expect(check(`[goodbye, ${money}, ${money}, { date: "2026-01-31" }]`, GOODBYE)).toEqual([
    expect.stringContaining('nothing fills the `{date}`'),
  ]);
});

test("the engine's own prompts get no values at all", () => {
  const words = TINY.replace('hello: Hello there.', "engine-error: 'Sorry, {reference}.'");
  expect(check('goodbye', words)).toEqual([
    'small.yaml:3:12: unfilled-prompt: nothing fills the `{reference}` of the prompt `engine-error` in `en`; take it out of sounds/en/catalog.yaml',
  ]);
});
