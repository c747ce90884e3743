import { isMap, isScalar } from 'yaml';
import type { Node } from 'yaml';
import { checkExpression } from '../flow/expression/subset';
import type { OutcomeRule, Scalar } from './ast';
import type { YamlPlaces } from './yaml-places';

/** What the engine itself says of an exchange; a file cannot name them. */
const OWN_OUTCOMES = ['error', 'timeout'];

/** The text of an expression over the answer; null when it is none. */
export function answerExpression(yaml: YamlPlaces, node: Node | null, what: string): string | null {
  const text = /^\{\{(.*)\}\}$/s.exec((yaml.text(node, what) ?? '').trim())?.[1];
  if (text === undefined) {
    if (isScalar(node)) yaml.report('bad-expression', `${what} must be an expression: \`{{ ... }}\``, node);
    return null;
  }
  const checked = checkExpression(text);
  if (!checked.ok) {
    yaml.report('bad-expression', checked.problem, node);
    return null;
  }
  for (const [root = ''] of checked.paths) {
    if (root === 'answer' || root === 'status') continue;
    yaml.report(
      'unknown-name',
      `${what} sees \`answer\` and \`status\`, not \`${root}\`: write \`answer.${root}\``,
      node,
    );
  }
  return text.trim();
}

export function parseOutcomes(yaml: YamlPlaces, node: Node | null, captured: readonly string[]): OutcomeRule[] {
  const outcomes = yaml.entries(node, 'outcomes');
  if (isMap(node) && outcomes.length === 0)
    yaml.report('missing-key', 'outcomes needs at least one name, else every answer would be an error', node);
  const taken = new Set<string>();
  return outcomes.flatMap(({ key, keyNode, value }) => {
    if (!/^[a-z][a-z0-9-]*$/.test(key))
      yaml.report('bad-name', `the outcome \`${key}\` must be of lower-case letters, digits and -`, keyNode);
    if (OWN_OUTCOMES.includes(key))
      yaml.report(
        'bad-name',
        `\`${key}\` is what no rule matching or no answer in time means; it has no rule`,
        keyNode,
      );
    return yaml.oneOrMore(value).map((node) => {
      const rule = parseRule(yaml, key, node, captured);
      reportUnreachable(yaml, rule, taken, node);
      return rule;
    });
  });
}

/** `taken`: codes and classes that rules above take whatever the answer says. */
function reportUnreachable(yaml: YamlPlaces, rule: OutcomeRule, taken: Set<string>, node: Node | null): void {
  const isTaken = (code: string): boolean => taken.has(code) || taken.has(`${code.charAt(0)}xx`);
  if (rule.status.length > 0 && rule.status.every(isTaken)) {
    const message = `outcome \`${rule.outcome}\` is never reached: a rule above it takes every ${rule.status.join(', ')}`;
    yaml.report('unreachable', message, node);
  }
  const isCatchAll = rule.where.length === 0 && rule.when === null && rule.requires.length === 0;
  if (isCatchAll) for (const code of rule.status) taken.add(code);
}

function parseRule(yaml: YamlPlaces, outcome: string, node: Node | null, captured: readonly string[]): OutcomeRule {
  const what = `outcome \`${outcome}\``;
  const keys = yaml.keys(node, what, ['status', 'where', 'when', 'requires']);
  const entry = (key: string): Node | null => keys.get(key)?.value ?? null;
  if (isMap(node) && !['status', 'where', 'when'].some((key) => keys.has(key)))
    yaml.report('missing-key', `${what} needs \`status\`, \`where\` or \`when\`, else everything would match`, node);
  const requires = keys.has('requires') ? yaml.items(entry('requires'), 'requires') : [];
  return {
    outcome,
    status: keys.has('status') ? yaml.oneOrMore(entry('status')).flatMap((item) => status(yaml, item)) : [],
    where: keys.has('where') ? parseWhere(yaml, entry('where')) : [],
    when: keys.has('when') ? answerExpression(yaml, entry('when'), `when of ${what}`) : null,
    requires: requires.flatMap(
      (item) => (captured.length > 0 ? yaml.word(item, 'requires', captured) : yaml.text(item, 'requires')) ?? [],
    ),
  };
}

function status(yaml: YamlPlaces, node: Node | null): string[] {
  const text = isScalar(node) ? String(node.value) : '';
  if (/^[1-5]([0-9][0-9]|xx)$/.test(text)) return [text];
  yaml.report('wrong-shape', 'status must be a code such as 201 or a class such as 2xx', node);
  return [];
}

function parseWhere(yaml: YamlPlaces, node: Node | null): OutcomeRule['where'] {
  return yaml.entries(node, 'where').map(({ key, value }) => ({
    field: key.split('.'),
    is: yaml.oneOrMore(value).flatMap((item) => scalar(yaml, item)),
  }));
}

function scalar(yaml: YamlPlaces, node: Node | null): Scalar[] {
  if (isScalar(node)) {
    const { value } = node;
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return [value];
    if (typeof value === 'number') return [node.source ?? String(value)];
  }
  yaml.report('wrong-shape', 'where compares with a text, a number, true, false, null or a list of them', node);
  return [];
}
