import type { ListenResult } from '../../ports/call';
import type { ConfirmStep, MenuStep } from '../ast';
import type { FlowState } from '../compile/machine-setup';
import { answered, note } from '../compile/machine-setup';
import { ASKS_CALLER, BUILT_IN, onFault, to, way, WHILE_ASKING } from '../compile/ways';
import { countAttempt, exhausted, forgetError } from './attempts';
import { question } from './question';

/** Asks for one key that leads somewhere; anything else asks again. What `menu` and `confirm` have in common. */
export function compileChoice(step: MenuStep | ConfirmStep, targets: Readonly<Record<string, string>>): FlowState {
  const { name } = step;
  return {
    id: name,
    on: WHILE_ASKING,
    initial: 'enter',
    states: {
      enter: {
        always: [
          ...ASKS_CALLER,
          {
            guard: exhausted(step),
            target: way(step, 'none'),
            actions: note((context) => forgetError(context, name)),
          },
          { target: 'asking', actions: countAttempt(name) },
        ],
      },
      asking: question(
        name,
        Object.entries(targets).map(([key, target]) => ({
          guard: answered<ListenResult>(`key ${key}`, (output) => keyOf(output) === key),
          target: to(target),
          actions: note((context) => forgetError(context, name)),
        })),
        'enter',
        onFault(to(BUILT_IN.engineError)),
      ),
    },
  };
}

function keyOf(result: ListenResult): string | null {
  return result.kind === 'collected' ? result.field.value : null;
}
