import type { Value } from '../../ports/connectors';
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
  const target = values.return_to;
  if (typeof target !== 'string' || run.tools.targets.resolve(target) !== null) return values;
  run.tools.record(run.call.id, { type: 'failed', code: 'context-invalid', reason: 'the return target is not known' });
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'return_to'));
}
