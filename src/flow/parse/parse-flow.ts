import { createHash } from 'node:crypto';
import { isMap, visit } from 'yaml';
import type { Node } from 'yaml';
import type { ContextSource, Flow, Mistake, Place, Step } from '../ast';
import { quoted } from '../nearest';
import { CONTEXT_KEYS, DEFAULTS, DID_PATTERN, FLOW_EVENTS, FLOW_KEYS, LANGUAGE_PATTERN } from '../vocabulary';
import { Fields } from './fields';
import { readHeaderName } from './headers';
import { asksAgain, parseStep } from './parse-step';
import { nameLike, oneOf, readLanguage, readName, readText } from './scalars';
import { kindOf, Source, wordOf } from './source';

export interface ParsedFlow {
  /** Null when the file is no flow at all. With mistakes it is only good for further checks, never for a call. */
  readonly flow: Flow | null;
  readonly mistakes: readonly Mistake[];
  /** Steps with mistakes, also those that could not be read at all -> the words in them, which may name other steps. */
  readonly damaged: ReadonlyMap<string, readonly string[]>;
  /** Where the value of each key stands, by its title as messages have it (`` `connect` of step `confirmed` ``). */
  readonly places: ReadonlyMap<string, Place>;
}

/** Reads a flow file, reporting every mistake of the text itself; `check/` finds those of meaning. */
export function parseFlow(file: string, text: string): ParsedFlow {
  const source = new Source(file, text);
  const damaged = new Map<string, readonly string[]>();
  const nothing = { flow: null, mistakes: source.mistakes, damaged, places: source.places };
  if (!source.readable) return nothing;
  const { root } = source;
  if (!isMap(root)) {
    const found = root === null ? 'this one is empty' : `not ${kindOf(root)}`;
    const message = `a flow file must be a mapping with the keys ${quoted(Object.keys(FLOW_KEYS))}; ${found}`;
    source.report('wrong-type', { file, line: 1, column: 1 }, message);
    return nothing;
  }
  const fields = new Fields(source, root, 'the flow', FLOW_KEYS);
  if (hasTooManySteps(fields)) return nothing;
  fields.word('recording');
  const steps = parseSteps(fields, damaged);
  const flow: Flow = {
    id: fields.name('flow') ?? '',
    version: versionOf(text),
    file,
    ...parseDids(fields),
    languages: parseList(fields, 'languages', LANGUAGE, 'a language code such as `en`'),
    sessionTimeoutMs: fields.duration('session-timeout') ?? DEFAULTS.sessionMs,
    context: parseContext(fields),
    require: fields.words('require'),
    start: fields.name('start') ?? '',
    steps,
    on: parseEvents(fields),
  };
  return { ...nothing, flow };
}

/** A list of numbers, or a mapping from number to language. */
function parseDids(fields: Fields): Pick<Flow, 'dids' | 'didLanguages'> {
  if (!isMap(fields.node('dids'))) return { dids: parseList(fields, 'dids', DID, A_DID), didLanguages: {} };
  const didLanguages = fields.record('dids', ({ key, place, value }) => {
    if (!DID.test(key))
      fields.source.report('bad-value', place, `${fields.title('dids')} cannot hold \`${key}\`; write ${A_DID}`);
    return readLanguage(fields.source, value, place, `the language of "${key}" in ${fields.title('dids')}`);
  });
  // An object would put its numbers into another order.
  return { dids: fields.entries('dids').map(({ key }) => key), didLanguages };
}

const A_DID = 'a number such as "7001" or "+911234567890"';

/** SHA-256 of a flow file's text, hex. */
export function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const DID = new RegExp(DID_PATTERN);
const LANGUAGE = new RegExp(LANGUAGE_PATTERN);

function parseList(fields: Fields, key: string, grammar: RegExp, right: string): readonly string[] {
  const found: string[] = [];
  for (const node of fields.list(key, right)) {
    const place = fields.source.place(node);
    const text = readText(fields.source, node, place, fields.title(key));
    if (text === null) continue;
    if (!grammar.test(text)) {
      fields.source.report('bad-value', place, `${fields.title(key)} cannot hold \`${text}\`; write ${right}`);
    } else if (found.includes(text)) {
      fields.source.report('duplicate', place, `${fields.title(key)} has \`${text}\` twice`);
    } else {
      found.push(text);
    }
  }
  return found;
}

/** Checking takes the engine's time, which calls need; nobody can follow so many steps either. */
const MOST_STEPS = 2_000;

function hasTooManySteps(fields: Fields): boolean {
  const { length } = fields.entries('steps');
  if (length <= MOST_STEPS) return false;
  const message = `a flow has at most ${MOST_STEPS} steps, not ${length}; make several flows of it`;
  fields.source.report('out-of-range', fields.at('steps'), message);
  return true;
}

function parseSteps(fields: Fields, damaged: Map<string, readonly string[]>): Map<string, Step> {
  const entries = fields.entries('steps');
  const read = new Map<string, Step>();
  // A step that asks for an OTP again takes over what it does not say from the step that sends it, which therefore comes first.
  for (const entry of [...entries].sort((a, b) => Number(asksAgain(a)) - Number(asksAgain(b)))) {
    const mistakes = fields.source.mistakes.length;
    const named = checkStepName(fields.source, entry.key, entry.place);
    const step = parseStep(fields.source, entry, read);
    if (step !== null && named) read.set(step.name, step);
    if (fields.source.mistakes.length === mistakes) continue;
    // Whatever leads to a step by the name that it should have, is right.
    damaged.set(named ? entry.key : (nameLike(entry.key) ?? entry.key), wordsIn(entry.value));
  }
  return new Map(
    entries.flatMap(({ key }) => {
      const step = read.get(key);
      return step === undefined ? [] : [[key, step] as const];
    }),
  );
}

/** Every text in a node: where something is wrong with a step, what it may lead to. */
function wordsIn(node: Node | null): readonly string[] {
  const words: string[] = [];
  if (node !== null) visit(node, { Scalar: (_key, scalar) => void words.push(wordOf(scalar)) });
  return words;
}

function checkStepName(source: Source, name: string, place: Place): boolean {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return true;
  const right = nameLike(name);
  const hint = right === null ? '' : `; write \`${right}\``;
  const message = `a step's name must be small letters, digits and dashes, starting with a letter, not \`${name}\`${hint}`;
  source.report('bad-name', place, message);
  return false;
}

function parseContext(fields: Fields): readonly ContextSource[] {
  return fields.list('context').flatMap((node, index): ContextSource[] => {
    const { source } = fields;
    const place = source.place(node);
    const what = `source ${index + 1} of \`context\``;
    if (!isMap(node)) {
      source.report(
        'wrong-type',
        place,
        `${what} must be a mapping with \`headers\` or \`connector\`, not ${kindOf(node)}`,
      );
      return [];
    }
    const entry = new Fields(source, node, what, CONTEXT_KEYS);
    if (entry.isMeant('headers') === entry.isMeant('connector')) {
      source.report('missing-key', place, `${what} needs either \`headers\` or \`connector\``);
      return [];
    }
    if (entry.isMeant('headers')) return [{ kind: 'headers', headers: parseHeaders(entry), place: entry.place }];
    const connector = entry.name('connector');
    return connector === null ? [] : [{ kind: 'connector', connector, with: entry.templates('with'), place }];
  });
}

function parseHeaders(fields: Fields): Readonly<Record<string, string>> {
  return fields.record('headers', ({ key, place, value }) =>
    readHeaderName(fields.source, value, place, `\`${key}\` of \`headers\``),
  );
}

function parseEvents(fields: Fields): Readonly<Record<string, string>> {
  return fields.record('on', ({ key, place, value }) => {
    if ((FLOW_EVENTS as readonly string[]).includes(key)) {
      return readName(fields.source, value, place, `\`${key}\` of the flow's \`on\``);
    }
    const message = `there is no whole-flow event \`${key}\`; ${oneOf(key, FLOW_EVENTS)}`;
    fields.source.report('unknown-outcome', place, message);
    return null;
  });
}
