import { isMap, isScalar, LineCounter, parseDocument, type Node } from 'yaml';
import type { Mistake } from '../ast';
import {
  PAUSE,
  VALUE_KINDS,
  type Catalogue,
  type Delivery,
  type PromptPart,
  type SpokenSound,
  type Tone,
  type ValueKind,
  type Voice,
} from './catalogue';
import { CatalogueReader, type Entry } from './catalogue-reader';
import { readGrammar } from './parse-grammar';
import { vocabularyOf, wordsOf } from './vocabulary';

const SECTIONS = ['language', 'voice', 'prompts', 'tones', 'characters', 'words', 'numbers', 'currencies', 'phrases'];
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const SENTENCE_END = /[.!?।]$/u;
const MARK = /^[.,:;!?।]+$/u;

export interface ParsedCatalogue {
  /** Null when there is any mistake. */
  readonly catalogue: Catalogue | null;
  readonly mistakes: readonly Mistake[];
}

/** Reads the text of a `catalog.yaml` and reports every mistake with its place. `file` is used for messages only. */
export function parseCatalogue(text: string, file: string): ParsedCatalogue {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reader = new CatalogueReader(file, lines);
  for (const error of document.errors) {
    reader.mistakes.push({ rule: 'yaml', message: error.message, place: reader.place(error.pos[0]) });
  }
  if (reader.mistakes.length > 0) return { catalogue: null, mistakes: reader.mistakes };
  const catalogue = readCatalogue(reader, document.contents);
  return { catalogue: reader.mistakes.length === 0 ? catalogue : null, mistakes: reader.mistakes };
}

function readCatalogue(reader: CatalogueReader, root: Node | null): Catalogue | null {
  const top = reader.record(root, null, 'the catalogue', SECTIONS);
  const section = (name: string): Entry[] => {
    const entry = top.get(name);
    return entry === undefined ? [] : reader.entries(entry.value, entry.keyNode, `"${name}"`);
  };
  const language = readLanguage(reader, top.get('language'));
  const voice = readVoice(reader, top.get('voice'));
  if (language === null || voice === null) return null;

  const sounds = new Map<string, SpokenSound>();
  const prompts = readPrompts(reader, section('prompts'), sounds);
  const tones = readTones(reader, section('tones'), prompts);
  const characters = readCharacters(reader, section('characters'), language, sounds);
  const vocabulary = vocabularyOf(readWords(reader, section('words'), language, sounds), language);
  const grammar = readGrammar(reader, top, language, vocabulary);
  if (grammar === null) return null;
  return { language, voice, prompts, sounds, tones, characters, vocabulary, ...grammar };
}

function readLanguage(reader: CatalogueReader, entry: Entry | undefined): string | null {
  const language = reader.text(entry, '"language"');
  if (language === null || entry === undefined) return null;
  if (Intl.PluralRules.supportedLocalesOf([language]).length > 0) return language;
  reader.note(entry.value, `"${language}" is not a language that Node knows; write a code such as en, es or hi`);
  return null;
}

function readVoice(reader: CatalogueReader, entry: Entry | undefined): Voice | null {
  if (entry === undefined) return null;
  const voice = reader.record(entry.value, entry.keyNode, '"voice"', ['name', 'prompts', 'words']);
  const name = reader.text(voice.get('name'), 'the voice\'s "name"');
  const prompts = readDelivery(reader, voice.get('prompts'));
  const words = readDelivery(reader, voice.get('words'));
  return name === null || prompts === null || words === null ? null : { name, prompts, words };
}

function readDelivery(reader: CatalogueReader, entry: Entry | undefined): Delivery | null {
  if (entry === undefined) return null;
  const what = `the voice for "${entry.key}"`;
  const delivery = reader.record(entry.value, entry.keyNode, what, ['speed', 'pitch', 'range']);
  const speed = reader.integer(delivery.get('speed'), '"speed"', 80, 450);
  const pitch = reader.integer(delivery.get('pitch'), '"pitch"', 0, 99);
  const range = reader.integer(delivery.get('range'), '"range"', 0, 99);
  return speed === null || pitch === null || range === null ? null : { speed, pitch, range };
}

/** `id: words`, or `id: { words: ..., speak: ... }` where the spelling would mislead the text-to-speech. */
function readSpoken(reader: CatalogueReader, entry: Entry): { words: string; speak: string } | null {
  if (!isMap(entry.value)) {
    const words = reader.text(entry, `"${entry.key}"`);
    return words === null ? null : { words, speak: words };
  }
  const fields = reader.record(entry.value, entry.keyNode, `"${entry.key}"`, ['words', 'speak']);
  const words = reader.text(fields.get('words'), '"words"');
  const speak = reader.text(fields.get('speak'), '"speak"');
  return words === null || speak === null ? null : { words, speak };
}

function goodId(reader: CatalogueReader, entry: Entry): boolean {
  if (ID.test(entry.key)) return true;
  reader.note(entry.keyNode, `"${entry.key}" becomes a file name: use small letters a-z, digits and single hyphens`);
  return false;
}

function readPrompts(
  reader: CatalogueReader,
  entries: readonly Entry[],
  sounds: Map<string, SpokenSound>,
): Map<string, readonly PromptPart[]> {
  const prompts = new Map<string, readonly PromptPart[]>();
  for (const entry of entries) {
    const spoken = readSpoken(reader, entry);
    if (!goodId(reader, entry) || spoken === null) continue;
    const parts = splitPrompt(reader, entry, spoken, sounds);
    if (parts !== null) prompts.set(entry.key, parts);
  }
  return prompts;
}

/** "You pay {amount} now." is two recordings, `<id>.1` and `<id>.2`, around the amount. */
function splitPrompt(
  reader: CatalogueReader,
  entry: Entry,
  spoken: { words: string; speak: string },
  sounds: Map<string, SpokenSound>,
): readonly PromptPart[] | null {
  const pieces = spoken.words.split(/(\{[^}]*\})/).map((text) => text.trim());
  if (pieces.length === 1) {
    sounds.set(entry.key, soundOf(entry.key, 'prompt', spoken));
    return [{ sound: entry.key }];
  }
  if (spoken.speak !== spoken.words) {
    reader.note(entry.value, `"${entry.key}" has both {...} and "speak"; split it into prompts without {...}`);
    return null;
  }
  const parts: PromptPart[] = [];
  for (const [at, piece] of pieces.entries()) {
    if (piece.startsWith('{')) {
      const value = piece.slice(1, -1).trim();
      if (isValueKind(value)) parts.push({ value, ...markIn(pieces[at + 1]) });
      else
        reader.note(
          entry.value,
          `"${entry.key}" has "${piece}"; it may hold ${VALUE_KINDS.map((kind) => `{${kind}}`).join(', ')}`,
        );
    } else if (/[\p{L}\p{N}]/u.test(piece)) {
      const id = `${entry.key}.${parts.filter((part) => 'sound' in part).length + 1}`;
      sounds.set(id, soundOf(id, 'prompt', { words: piece, speak: piece }));
      parts.push({ sound: id });
    }
  }
  return parts;
}

function markIn(behind = ''): { readonly mark?: string } {
  return MARK.test(behind) ? { mark: behind } : {};
}

function isValueKind(value: string): value is ValueKind {
  return (VALUE_KINDS as readonly string[]).includes(value);
}

function soundOf(id: string, kind: SpokenSound['kind'], spoken: { words: string; speak: string }): SpokenSound {
  return { id, kind, ...spoken, endsSentence: kind === 'prompt' && SENTENCE_END.test(spoken.words) };
}

function readTones(
  reader: CatalogueReader,
  entries: readonly Entry[],
  prompts: ReadonlyMap<string, unknown>,
): Map<string, Tone> {
  const tones = new Map<string, Tone>();
  for (const entry of entries) {
    const fields = reader.record(entry.value, entry.keyNode, `the tone "${entry.key}"`, ['ms'], ['hz']);
    const ms = reader.integer(fields.get('ms'), '"ms"', 20, 10_000);
    const hz = fields.has('hz') ? reader.integer(fields.get('hz'), '"hz"', 50, 3400) : 0;
    if (!goodId(reader, entry) || ms === null || hz === null) continue;
    if (prompts.has(entry.key)) reader.note(entry.keyNode, `"${entry.key}" is a prompt already`);
    tones.set(entry.key, { id: entry.key, hz, ms });
  }
  if (entries.length > 0 && !tones.has(PAUSE)) {
    reader.note(entries[0]?.keyNode ?? null, `"tones" lacks "${PAUSE}", the silence between groups of a reference`);
  }
  return tones;
}

function readCharacters(
  reader: CatalogueReader,
  entries: readonly Entry[],
  language: string,
  sounds: Map<string, SpokenSound>,
): Map<string, string> {
  const characters = new Map<string, string>();
  for (const entry of entries) {
    const spoken = readSpoken(reader, entry);
    const character = entry.key.normalize('NFC').toLocaleLowerCase(language);
    if (Array.from(character).length !== 1) {
      reader.note(entry.keyNode, `"${entry.key}" must be one character`);
    } else if (spoken !== null) {
      const id = `letters/${/^[a-z0-9]$/.test(character) ? character : `u${character.codePointAt(0)?.toString(16) ?? ''}`}`;
      sounds.set(id, soundOf(id, 'word', spoken));
      characters.set(character, id);
    }
  }
  return characters;
}

function readWords(
  reader: CatalogueReader,
  entries: readonly Entry[],
  language: string,
  sounds: Map<string, SpokenSound>,
): [words: string, sound: string][] {
  const seen = new Map<string, string>();
  return entries.flatMap((entry): [string, string][] => {
    const spoken = readSpoken(reader, entry);
    if (!goodId(reader, entry) || spoken === null) return [];
    const normal = wordsOf(spoken.words, language).join(' ');
    const before = seen.get(normal);
    if (before !== undefined) {
      reader.note(
        isScalar(entry.value) ? entry.value : entry.keyNode,
        `"${spoken.words}" is recorded already, as "${before}"`,
      );
      return [];
    }
    seen.set(normal, entry.key);
    const id = `words/${entry.key}`;
    sounds.set(id, soundOf(id, 'word', spoken));
    return [[spoken.words, id]];
  });
}
