import path from 'node:path';
import { HushtoneError } from '../../../errors';
import type { Mistake } from '../../ast';
import { formatMistake } from '../../check/check-flow';

/** `file:line:column: rule: message`, the file as it lies from here. */
export function inWords(mistake: Mistake): string {
  const { place } = mistake;
  const fromHere = path.relative('', place.file);
  const file = fromHere.startsWith('..') ? place.file : fromHere;
  return formatMistake({ ...mistake, place: { ...place, file } });
}

/** What a start says that refuses definitions. */
export function refusal(mistakes: readonly Mistake[]): HushtoneError {
  const these = mistakes.length === 1 ? 'this one' : `these ${mistakes.length}`;
  return new HushtoneError(
    'flow-invalid',
    `correct ${these} and start again\n${mistakes.map((mistake) => `  ${inWords(mistake)}`).join('\n')}`,
  );
}
