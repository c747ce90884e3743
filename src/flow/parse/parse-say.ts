import { isMap, isScalar, isSeq } from 'yaml';
import type { Node } from 'yaml';
import type { Place, SayItem, Template } from '../ast';
import { SAY_KEYS } from '../vocabulary';
import { Fields } from './fields';
import { readName } from './scalars';
import type { Source } from './source';
import { isEmpty } from './source';

const SPOKEN = ['reference', 'digits', 'date', 'number'] as const;
type SpokenKey = 'amount' | 'currency' | (typeof SPOKEN)[number];

/** What stands behind `say`, `while`, `menu` and `confirm`: one prompt id or value, or a list of them. */
export function parseSay(source: Source, node: Node | null, at: Place, what: string): readonly SayItem[] {
  if (node === null || isEmpty(node)) {
    source.report('missing-value', at, `${what} says nothing; name a prompt, such as \`please-wait\``);
    return [];
  }
  if (!isSeq(node)) return item(source, node, what);
  const items = node.items.flatMap((each) => {
    const resolved = source.resolve(each);
    return resolved === null ? [] : item(source, resolved, what);
  });
  if (node.items.length === 0) source.report('missing-value', at, `${what} says nothing; name a prompt`);
  return items;
}

function item(source: Source, node: Node, what: string): readonly SayItem[] {
  const place = source.place(node);
  if (isMap(node)) return value(new Fields(source, node, `an item of ${what}`, SAY_KEYS));
  if (!isScalar(node)) {
    source.report('wrong-type', place, `an item of ${what} must be a prompt id or a value such as { digits: "12" }`);
    return [];
  }
  const id = readName(source, node, place, `a prompt id of ${what}`);
  return id === null ? [] : [{ kind: 'prompt', id, place }];
}

function value(fields: Fields): readonly SayItem[] {
  const { place, source, what } = fields;
  const values: Partial<Record<SpokenKey, Template>> = {};
  for (const key of ['amount', 'currency', ...SPOKEN] as const) {
    const template = fields.template(key);
    if (template !== null) values[key] = template;
  }
  if (fields.has('amount') !== fields.has('currency')) {
    source.report('missing-key', place, `${what} needs both \`amount\` and \`currency\``);
    return [];
  }
  if (fields.has('prompt')) {
    const id = fields.name('prompt');
    return id === null ? [] : [{ kind: 'prompt', id, values, place }];
  }
  if (SPOKEN.filter((key) => fields.has(key)).length + (fields.has('amount') ? 1 : 0) > 1) {
    source.report('bad-value', place, `${what} has several values; give each its own item`);
    return [];
  }
  const { amount, currency } = values;
  if (amount !== undefined && currency !== undefined) return [{ kind: 'amount', amount, currency, place }];
  for (const kind of SPOKEN) {
    const template = values[kind];
    if (template !== undefined) return [{ kind, value: template, place }];
  }
  return [];
}
