/** Of what the tables of the flow language are made. The tables themselves are in vocabulary.ts. */

/** What may stand behind a key, where one word says it all. */
export type PlainShape = (typeof PLAIN_SHAPES)[number];

const PLAIN_SHAPES = [
  'boolean',
  'choices',
  'dids',
  'header',
  'headers',
  'key',
  'key-or-none',
  'language',
  'languages',
  'name',
  'names',
  'prompts',
  'say',
  'step',
  'steps',
  'template',
  'templates',
  'true',
] as const;

/** What may stand behind a key. */
export type Shape =
  | { readonly is: PlainShape }
  | { readonly is: 'conditions' | 'context' }
  | { readonly is: 'duration' | 'count'; readonly min: number; readonly max: number }
  | { readonly is: 'word' | 'words' | 'ways'; readonly words: readonly string[] }
  | { readonly is: 'keys'; readonly keys: Keys };

/** True for a shape that one word says. */
export function isPlain(shape: Shape): shape is { readonly is: PlainShape } {
  return (PLAIN_SHAPES as readonly string[]).includes(shape.is);
}

export interface KeyRule {
  readonly shape: Shape;
  readonly required?: true;
  /** Shown by editors and in the reference. */
  readonly about: string;
  /** What holds when the key is not there, as a flow would write it. */
  readonly default?: string;
}

export type Keys = Readonly<Record<string, KeyRule>>;

/** `required`: must be wired. Else the outcome whose way it takes when it is not. `ends`: cannot be wired. */
export interface OutcomeRule {
  readonly way: 'required' | 'ends' | { readonly like: string };
}

export interface StepRule {
  /** What stands behind the step's own word. */
  readonly value: KeyRule;
  readonly keys: Keys;
  /** Empty: the step has one way, `next`. */
  readonly outcomes: Readonly<Record<string, OutcomeRule>>;
  /** True when a connector may name further outcomes. */
  readonly open?: true;
}
