import type { Value } from '../../ports/connectors';
import { LANGUAGE } from '../vocabulary';
import { checkContext } from './context-grammars';
import type { Run } from './flow-tools';

type Values = Readonly<Record<string, Value>>;

/**
 * Of what somebody outside says about an order, what is well formed; the rest is reported and counts as missing.
 *
 * @param where says where a value came from, for the report
 */
export function acceptOrder(run: Run, raw: Values, where: (name: string) => string): Values {
  const { values, malformed } = checkContext(raw);
  for (const name of malformed) {
    run.tools.record(run.call.id, { type: 'failed', code: 'context-invalid', reason: `${where(name)} is malformed` });
  }
  const spoken = spokenHere(run, values);
  const target = spoken.return_to;
  if (typeof target !== 'string' || run.tools.targets.resolve(target) !== null) return spoken;
  run.tools.record(run.call.id, { type: 'failed', code: 'context-invalid', reason: 'the return target is not known' });
  return Object.fromEntries(Object.entries(spoken).filter(([name]) => name !== 'return_to'));
}

/** Values without a language that the flow does not speak, which is reported: the call goes on in the one it has. */
export function spokenHere(run: Run, values: Values): Values {
  const wanted = values[LANGUAGE];
  if (wanted === undefined || (typeof wanted === 'string' && run.flow.languages.includes(wanted))) return values;
  const reason = `the value "${LANGUAGE}" is none of the flow's languages (${run.flow.languages.join(', ')})`;
  run.tools.record(run.call.id, { type: 'failed', code: 'context-invalid', reason });
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== LANGUAGE));
}
