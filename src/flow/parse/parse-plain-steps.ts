import { isMap } from 'yaml';
import type { EndStep, Exit, ReturnStep, RouteStep, SayStep, SetStep } from '../ast';
import { CONDITION_KEYS, DEFAULTS, STEPS, stepRule } from '../vocabulary';
import { Fields } from './fields';
import { isHeaderName } from './headers';
import { parseExits } from './parse-exits';
import { nested } from './parse-outside-steps';
import { parseOptionalSay, parseSay } from './parse-say';
import { placeOf } from './scalars';
import type { Entry } from './source';

export function parseSayStep(fields: Fields, entry: Entry): SayStep {
  const end = isTrue(fields, 'end');
  if (end && fields.has('next')) {
    fields.source.report(
      'unknown-key',
      fields.at('next'),
      `${fields.what} ends the call, so \`next\` can never be reached`,
    );
  } else if (!fields.isMeant('end') && !fields.isMeant('next')) {
    fields.source.report(
      'missing-key',
      fields.place,
      `${fields.what} has no way out; add \`next: <step>\` or \`end: true\``,
    );
  }
  return {
    kind: 'say',
    name: entry.key,
    place: entry.place,
    exits: end ? [] : parseExits(fields, stepRule('say')),
    say: parseSay(fields.source, fields.node('say'), fields.at('say'), fields.title('say')),
    bargein: fields.boolean('bargein') ?? true,
    end,
  };
}

export function parseRoute(fields: Fields, entry: Entry): RouteStep {
  const route = nested(fields, 'route', STEPS.route.value.shape.keys);
  for (const key of ['on', 'next']) {
    if (!fields.has(key)) continue;
    const message = `${fields.what} says its ways in \`when\` and \`else\`, not in \`${key}\``;
    fields.source.report('unknown-key', fields.at(key), message);
  }
  const when = route === null ? [] : conditions(route);
  const exits: Exit[] = when.map(({ next, place }, index) => ({ outcome: `if-${index + 1}`, to: next, place }));
  const otherwise = route?.name('else') ?? null;
  if (route !== null && otherwise !== null) {
    exits.push({ outcome: 'else', to: otherwise, place: placeOf(route.source, route.node('else'), route.at('else')) });
  }
  return { kind: 'route', name: entry.key, place: entry.place, exits, when, otherwise: otherwise ?? '' };
}

function conditions(route: Fields): RouteStep['when'] {
  return route.list('when').flatMap((node) => {
    const { source } = route;
    const what = `a condition of ${route.what}`;
    if (!isMap(node)) {
      source.report('wrong-type', source.place(node), `${what} must be a mapping { if: "{{ ... }}", next: <step> }`);
      return [];
    }
    const fields = new Fields(source, node, what, CONDITION_KEYS);
    const condition = fields.template('if');
    const next = fields.name('next');
    if (condition !== null && !/^\s*\{\{.*\}\}\s*$/s.test(condition.text)) {
      source.report('expression', condition.place, `\`if\` of ${what} must be one expression: "{{ ... }}"`);
    }
    if (condition === null || next === null) return [];
    return [{ if: condition, next, place: placeOf(source, fields.node('next'), fields.at('next')) }];
  });
}

export function parseReturn(fields: Fields, entry: Entry): ReturnStep {
  return {
    kind: 'return',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('return')),
    target: fields.template('return') ?? { text: 'default', dynamic: false, place: entry.place },
    with: headers(fields),
    ringMs: fields.duration('ring') ?? DEFAULTS.ringMs,
    say: parseOptionalSay(fields, 'while'),
    release: fields.word('release') === 'refer' ? 'refer' : 'bridge',
  };
}

function headers(fields: Fields): ReturnStep['with'] {
  for (const each of fields.entries('with')) {
    if (isHeaderName(each.key)) continue;
    const message = `${fields.title('with')} cannot send the header \`${each.key}\`; its name must start with \`X-\``;
    fields.source.report('bad-header', each.place, message);
  }
  return fields.templates('with');
}

export function parseSet(fields: Fields, entry: Entry): SetStep {
  if (!fields.isMeant('next')) {
    fields.source.report('missing-key', fields.place, `${fields.what} has no way out; add \`next: <step>\``);
  }
  const values = fields.templates('set');
  if (isMap(fields.node('set')) && fields.entries('set').length === 0) {
    fields.source.report(
      'missing-value',
      fields.at('set'),
      `${fields.title('set')} sets nothing; write { name: value }`,
    );
  }
  return {
    kind: 'set',
    name: entry.key,
    place: entry.place,
    exits: parseExits(fields, stepRule('set')),
    values,
  };
}

export function parseEnd(fields: Fields, entry: Entry): EndStep {
  isTrue(fields, 'end');
  for (const key of ['on', 'next']) {
    if (!fields.has(key)) continue;
    const message = `${fields.what} ends the call, so \`${key}\` can never be reached`;
    fields.source.report('unknown-key', fields.at(key), message);
  }
  return {
    kind: 'end',
    name: entry.key,
    place: entry.place,
    exits: [],
    cause: fields.count('cause') ?? DEFAULTS.cause,
  };
}

function isTrue(fields: Fields, key: string): boolean {
  if (!fields.has(key)) return false;
  const value = fields.boolean(key);
  if (value === false)
    fields.source.report('bad-value', fields.at(key), `${fields.title(key)} can only be \`true\`; leave it out`);
  return value === true;
}
