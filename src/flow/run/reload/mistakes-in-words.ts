import path from 'node:path';
import { HushtoneError } from '../../../errors';
import type { ReloadMistake } from '../../../ports/flow-reload';
import type { Mistake } from '../../ast';
import { formatMistake } from '../../check/check-flow';

/** For log, terminal and `/readyz`; the file as it lies from here. */
export function forReload({ rule, message, place }: Mistake): ReloadMistake {
  const fromHere = path.relative('', place.file);
  const file = fromHere.startsWith('..') ? place.file : fromHere;
  return {
    file: place.file,
    open: `${file}:${place.line}:${place.column}: ${rule}`,
    words: formatMistake({ rule, message, place: { ...place, file } }),
  };
}

/** What a start says that refuses definitions. */
export function refusal(mistakes: readonly Mistake[]): HushtoneError {
  const these = mistakes.length === 1 ? 'this one' : `these ${mistakes.length}`;
  return new HushtoneError(
    'flow-invalid',
    `correct ${these} and start again\n${mistakes.map((mistake) => `  ${forReload(mistake).words}`).join('\n')}`,
  );
}
