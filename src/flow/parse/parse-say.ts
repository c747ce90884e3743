import { isMap, isScalar, isSeq } from 'yaml';
import type { Node } from 'yaml';
import type { Place, SayItem } from '../ast';
import { SAY_KEYS } from '../vocabulary';
import { Fields } from './fields';
import { readName } from './scalars';
import type { Source } from './source';
import { isEmpty, wordOf } from './source';

const SPOKEN = ['prompt', 'reference', 'digits', 'date', 'number'] as const;

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

/** The same where nothing need be said. */
export function parseOptionalSay(fields: Fields, key: string): readonly SayItem[] {
  return fields.has(key) ? parseSay(fields.source, fields.node(key), fields.at(key), fields.title(key)) : [];
}

function item(source: Source, node: Node, what: string): readonly SayItem[] {
  const place = source.place(node);
  if (isMap(node) && node.items.length === 0)
    source.report('missing-value', place, `${what} says nothing; name a prompt`);
  if (isMap(node)) return value(new Fields(source, node, `an item of ${what}`, SAY_KEYS));
  if (!isScalar(node)) {
    source.report('wrong-type', place, `an item of ${what} must be a prompt id or a value such as { digits: "12" }`);
    return [];
  }
  if (/\S\s+\S/.test(wordOf(node))) {
    const message = `${what} cannot say \`${wordOf(node).trim()}\` itself; put the words into sounds/<language>/catalog.yaml, and name their id here`;
    source.report('bad-name', place, message);
    return [];
  }
  const id = readName(source, node, place, `a prompt id of ${what}`);
  return id === null ? [] : [{ kind: 'prompt', id, place }];
}

function value(fields: Fields): readonly SayItem[] {
  const { place, source, what } = fields;
  const kinds = SPOKEN.filter((key) => fields.has(key));
  if (fields.has('amount') !== fields.has('currency')) {
    source.report('missing-key', place, `${what} needs both \`amount\` and \`currency\``);
    return [];
  }
  if (kinds.length + (fields.has('amount') ? 1 : 0) > 1) {
    source.report('bad-value', place, `${what} has several values; give each its own item`);
    return [];
  }
  const said = fields.language('language');
  const language = said === null ? {} : { language: said };
  if (fields.has('amount')) return amount(fields, language);
  if (kinds.length === 0 && fields.has('language')) {
    source.report('missing-value', place, `${what} says nothing; name a prompt, such as \`please-wait\``);
  }
  return kinds.flatMap((kind): readonly SayItem[] => {
    if (kind === 'prompt') {
      const id = fields.name(kind);
      return id === null ? [] : [{ kind, id, place: fields.valueAt(kind), ...language }];
    }
    const template = fields.template(kind);
    return template === null ? [] : [{ kind, value: template, place, ...language }];
  });
}

function amount(fields: Fields, language: Pick<SayItem, 'language'>): readonly SayItem[] {
  const [value, currency] = [fields.template('amount'), fields.template('currency')];
  return value === null || currency === null
    ? []
    : [{ kind: 'amount', amount: value, currency, place: fields.place, ...language }];
}
