import type { Connector } from '../../connector/ast';
import type { Flow, Step } from '../../flow/ast';
import { quoted, suggestion } from '../../flow/nearest';
import { OPERATIONS, stepRule } from '../../flow/vocabulary';

/** An outcome of the command line, and whose it is; null: of the next question that has it. */
interface Wanted {
  readonly of: string | null;
  readonly outcome: string;
}

/** What every operation of a connector can come to beside what its file names. */
const OF_CONNECTORS = ['error', 'timeout'];
/** Kinds whose question, or part of it, is answered by no connector's file. */
const OF_THEIR_OWN: readonly Step['kind'][] = ['pay', 'return', 'link', 'assist', 'send-link'];
const OF_TARGETS = new Set([...Object.keys(stepRule('return').outcomes), ...Object.keys(stepRule('assist').outcomes)]);

/**
 * Why no question of a call through `flow` could have this outcome; null when one could.
 *
 * @param isTarget whether calls can be returned to a target of this id
 */
export function outcomeProblem(
  { of, outcome }: Wanted,
  flow: Flow,
  connectors: ReadonlyMap<string, Connector>,
  isTarget: (id: string) => boolean,
): string | null {
  const asked = askedIn(flow, connectors);
  const outcomes = of === null ? new Set([...asked.values()].flatMap((each) => [...each])) : asked.get(of);
  if (of !== null && outcomes === undefined && !isTarget(of)) {
    return `--outcome: nothing in ${flow.id} that is asked for an outcome is called \`${of}\`; ${suggestion(of, asked.keys())}`;
  }
  const there = outcomes ?? OF_TARGETS;
  if (there.has(outcome)) return null;
  if (outcome === '' || (of === null && asked.has(outcome))) {
    return `--outcome: say what it comes to, as in --outcome ${outcome || (of ?? 'pay')}=NAME; NAME is one of ${quoted(asked.get(outcome) ?? there)}`;
  }
  const who = of === null ? `nothing in ${flow.id} can` : `\`${of}\` cannot`;
  return `--outcome: ${who} come to \`${outcome}\`; ${suggestion(outcome, there)}`;
}

/** Steps and connectors of the flow that are asked -> what they can come to. */
function askedIn(
  { steps, context }: Flow,
  connectors: ReadonlyMap<string, Connector>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const asked = new Map<string, Set<string>>();
  const add = (name: string, outcomes: Iterable<string>): void => {
    asked.set(name, new Set([...(asked.get(name) ?? []), ...outcomes]));
  };
  const addOperation = (connector: string, operation: string, ...names: readonly string[]): void => {
    const outcomes = connectors.get(connector)?.operations.get(operation)?.outcomes ?? [];
    const all = [...outcomes.map(({ outcome }) => outcome), ...OF_CONNECTORS];
    for (const name of [connector, ...names]) add(name, all);
  };
  for (const source of context) if (source.kind === 'connector') addOperation(source.connector, OPERATIONS.single);
  for (const step of steps.values()) {
    const { kind, name } = step;
    if (OF_THEIR_OWN.includes(kind)) add(name, Object.keys(stepRule(kind).outcomes));
    if (kind === 'pay') add(step.connector, Object.keys(stepRule(kind).outcomes));
    if (kind === 'connect') addOperation(step.connector, step.operation, name);
    if (kind === 'sms') addOperation(step.connector, OPERATIONS.sms, name);
    if (kind !== 'otp') continue;
    addOperation(step.connector, OPERATIONS.otp, name);
    if (step.sms !== null) addOperation(step.sms.connector, OPERATIONS.sms, name);
  }
  return asked;
}
