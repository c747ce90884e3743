import type { SayItem, SayPrompt, SpokenValues } from '../../ports/prompts';
import type { Catalogue, PromptPart, ValueKind } from './catalogue';
import { nearest } from '../nearest';
import { speakAmount, speakDate, speakDigits, speakNumber, speakReference, type Utterance } from './speak-values';

/**
 * Turns the items of a `say` into sounds, as far as they are `recorded`: a fragment or a value is said whole or left out.
 * A value that follows a prompt fills that prompt's `{placeholder}` of the same kind where it has one, so that each language
 * can put it where its grammar wants; else it is spoken in its turn.
 */
export function speakItems(
  items: readonly SayItem[],
  catalogue: Catalogue,
  recorded: (sound: string) => boolean,
): Utterance {
  const spoken = fillFromNext(items, catalogue)
    .flatMap((item) => (isPrompt(item) ? speakPrompt(item, catalogue) : [speakValue(item, catalogue)]))
    .map((utterance) => wholeOrNothing(utterance, recorded));
  return {
    sounds: spoken.flatMap(({ sounds }) => sounds),
    words: joinWords(spoken.map(({ words }) => words)),
    missing: spoken.flatMap(({ missing }) => missing),
  };
}

/** The values that the words of a prompt have a place for, and that none of those right behind it fills. */
export function unfilled(prompt: string, behind: readonly SpokenValues[], catalogue: Catalogue): readonly ValueKind[] {
  const [first = {}] = fillFromNext([{ prompt }, ...behind], catalogue);
  const values: SpokenValues = isPrompt(first) ? (first.values ?? {}) : {};
  const places = (catalogue.prompts.get(prompt) ?? []).flatMap((part) => ('value' in part ? [part.value] : []));
  return [...new Set(places)].filter((kind) => values[kind] === undefined);
}

/** Half an amount is a wrong amount. */
function wholeOrNothing(utterance: Utterance, recorded: (sound: string) => boolean): Utterance {
  const unrecorded = utterance.sounds.filter((sound) => !recorded(sound)).map((sound) => `the recording "${sound}"`);
  const missing = [...utterance.missing, ...new Set(unrecorded)];
  return missing.length === 0 ? utterance : { sounds: [], words: '', missing };
}

/** A fragment that is only the end of a sentence begins with its full stop or comma: no space before it. */
function joinWords(words: readonly string[]): string {
  return words
    .filter((word) => word !== '')
    .join(' ')
    .replace(/ ([.,;!?।])/g, '$1');
}

function isPrompt(item: SayItem): item is SayPrompt {
  return 'prompt' in item;
}

function fillFromNext(items: readonly SayItem[], catalogue: Catalogue): SayItem[] {
  const filled: SayItem[] = [];
  for (const item of items) {
    const before = filled.at(-1);
    if (before !== undefined && isPrompt(before) && !isPrompt(item) && takes(before, item, catalogue)) {
      filled[filled.length - 1] = { ...before, values: { ...before.values, ...item } };
    } else {
      filled.push(item);
    }
  }
  return filled;
}

function takes({ prompt, values }: SayPrompt, next: SpokenValues, catalogue: Catalogue): boolean {
  const kind = kindOf(next);
  const parts = catalogue.prompts.get(prompt) ?? [];
  return kind !== null && values?.[kind] === undefined && parts.some((part) => 'value' in part && part.value === kind);
}

function kindOf(values: SpokenValues): ValueKind | null {
  if (values.amount !== undefined) return 'amount';
  if (values.reference !== undefined) return 'reference';
  if (values.digits !== undefined) return 'digits';
  if (values.date !== undefined) return 'date';
  return values.number === undefined ? null : 'number';
}

function speakPrompt({ prompt, values = {} }: SayPrompt, catalogue: Catalogue): Utterance[] {
  const parts = catalogue.prompts.get(prompt);
  if (parts !== undefined) return parts.map((part) => speakPart(prompt, part, values, catalogue));
  if (catalogue.tones.has(prompt)) return [{ sounds: [prompt], words: '', missing: [] }];
  const close = nearest(prompt, catalogue.prompts.keys());
  return [nothing(`the prompt "${prompt}"${close === null ? '' : ` (did you mean "${close}"?)`}`)];
}

function speakPart(prompt: string, part: PromptPart, values: SpokenValues, catalogue: Catalogue): Utterance {
  if ('sound' in part) {
    return { sounds: [part.sound], words: catalogue.sounds.get(part.sound)?.words ?? '', missing: [] };
  }
  if (values[part.value] === undefined) return nothing(`the {${part.value}} of the prompt "${prompt}"`);
  const spoken = speakKind(part.value, values, catalogue);
  return spoken.words === '' ? spoken : { ...spoken, words: `${spoken.words}${part.mark ?? ''}` };
}

function speakValue(values: SpokenValues, catalogue: Catalogue): Utterance {
  const kind = kindOf(values);
  return kind === null ? nothing('an item without a value') : speakKind(kind, values, catalogue);
}

function speakKind(kind: ValueKind, values: SpokenValues, catalogue: Catalogue): Utterance {
  const text = values[kind] ?? '';
  switch (kind) {
    case 'amount':
      return speakAmount(text, values.currency ?? '', catalogue);
    case 'reference':
      return speakReference(text, catalogue);
    case 'digits':
      return speakDigits(text, catalogue);
    case 'date':
      return speakDate(text, catalogue);
    case 'number':
      return speakNumber(text, catalogue);
  }
}

function nothing(missing: string): Utterance {
  return { sounds: [], words: '', missing: [missing] };
}
