/**
 * Numbers in words by rules that a language's catalogue holds, in the notation of Unicode CLDR's rule-based number formats
 * (UTS #35 part 3, "Rule-Based Number Formatting"; the subset that cardinals and ordinals need). A language is therefore data:
 * its irregular numbers are rules of their own.
 */

export type RulePart =
  | { readonly kind: 'text'; readonly text: string }
  /** How many times the rule's divisor fits (`<<`, `<set<`). */
  | { readonly kind: 'quotient'; readonly set: string | null }
  /** What is left (`>>`, `>set>`). */
  | { readonly kind: 'remainder'; readonly set: string | null }
  /** The whole number by another set (`=set=`). */
  | { readonly kind: 'same'; readonly set: string }
  /** Left out when nothing is left (`[...]`). */
  | { readonly kind: 'optional'; readonly parts: readonly RulePart[] };

export interface NumberRule {
  readonly base: bigint;
  /** The largest power of the rule's radix that is not above `base`. */
  readonly divisor: bigint;
  readonly parts: readonly RulePart[];
}

/** Rules by ascending base. */
export type RuleSet = readonly NumberRule[];
export type RuleSets = ReadonlyMap<string, RuleSet>;

/** Deeper than any number below 10^18 nests in any language; reached only by rules that hand over in a circle. */
const DEEPEST = 60;

const PART = /<([a-z0-9-]*)<|>([a-z0-9-]*)>|=([a-z0-9-]+)=|\[|\]|[^<>=[\]]+/gy;

/** Reads one rule. Throws a plain Error that says what is wrong with the notation. */
export function parseRule(base: bigint, source: string, radix = 10n): NumberRule {
  const top: RulePart[] = [];
  let optional: RulePart[] | null = null;
  let end = 0;
  for (const match of source.matchAll(PART)) {
    end = match.index + match[0].length;
    if (match[0] === '[') {
      if (optional !== null) throw new Error('"[" inside "[...]"');
      optional = [];
    } else if (match[0] === ']') {
      if (optional === null) throw new Error('"]" without "["');
      top.push({ kind: 'optional', parts: optional });
      optional = null;
    } else {
      (optional ?? top).push(partOf(match));
    }
  }
  if (optional !== null) throw new Error('"[" without "]"');
  if (end !== source.length) {
    throw new Error(`"${source.slice(end)}" is not understood; write <<, >>, <set<, >set>, =set= or [...]`);
  }
  return { base, divisor: divisorOf(base, radix), parts: top };
}

function partOf(match: RegExpMatchArray): RulePart {
  const [text, quotient, remainder, same] = match;
  if (quotient !== undefined) return { kind: 'quotient', set: quotient === '' ? null : quotient };
  if (remainder !== undefined) return { kind: 'remainder', set: remainder === '' ? null : remainder };
  if (same !== undefined) return { kind: 'same', set: same };
  return { kind: 'text', text };
}

function divisorOf(base: bigint, radix: bigint): bigint {
  let divisor = 1n;
  while (divisor * radix <= base) divisor *= radix;
  return divisor;
}

/**
 * The words of `value` (zero or more) by the set `name`. Throws a plain Error when the set does not exist, has no rule for
 * the number, or hands over in a circle: the catalogue's check tries every rule, so a checked catalogue never does.
 */
export function spellOut(sets: RuleSets, name: string, value: bigint, depth = 0): string {
  const set = sets.get(name);
  if (set === undefined) throw new Error(`there is no rule set "${name}"`);
  if (depth > DEEPEST) throw new Error(`rule set "${name}" hands ${value} over in a circle`);
  const rule = set.findLast((candidate) => candidate.base <= value);
  if (rule === undefined) throw new Error(`rule set "${name}" has no rule for ${value}`);
  return render(sets, name, rule, rule.parts, value, depth);
}

function render(
  sets: RuleSets,
  name: string,
  rule: NumberRule,
  parts: readonly RulePart[],
  value: bigint,
  depth: number,
): string {
  const rest = value % rule.divisor;
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'text':
          return part.text;
        case 'quotient':
          return spellOut(sets, part.set ?? name, value / rule.divisor, depth + 1);
        case 'remainder':
          return spellOut(sets, part.set ?? name, rest, depth + 1);
        case 'same':
          return spellOut(sets, part.set, value, depth + 1);
        case 'optional':
          return rest === 0n ? '' : render(sets, name, rule, part.parts, value, depth);
      }
    })
    .join('');
}

/** Every literal text of a rule, for the check that its words have recordings. */
export function textsOf(parts: readonly RulePart[]): string[] {
  return parts.flatMap((part) =>
    part.kind === 'text' ? [part.text] : part.kind === 'optional' ? textsOf(part.parts) : [],
  );
}
