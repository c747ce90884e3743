import type { ListenResult } from '../../ports/call';
import type { LinkStep } from '../ast';
import type { FlowContext } from '../compile/context';
import { withEntry } from '../compile/context';
import type { FlowState, LinkOutput } from '../compile/machine-setup';
import { answered, known, note, noteOutput } from '../compile/machine-setup';
import { ASKS_CALLER, onFault, way, WHILE_ASKING } from '../compile/ways';
import { LINK_ID } from '../vocabulary';
import { attemptsUsed, countAttempt, exhausted, forgetError, noteError } from './attempts';
import { question, result } from './question';

/**
 * Joins the caller to the session that waits under a link id: the one that a header brings, and where that leads nowhere the one
 * that the caller keys. What the session tells of its order is put into the context.
 */
export function compileLink(step: LinkStep): FlowState {
  const failed = way(step, 'failed');
  const ask = { target: 'asking', actions: countAttempt(step.name) };
  const asking = step.attempts === 0 ? [{ target: failed }] : [{ guard: exhausted(step), target: failed }, ask];
  return {
    id: step.name,
    on: WHILE_ASKING,
    initial: 'enter',
    states: {
      enter: {
        always: [
          ...ASKS_CALLER,
          ...(step.header === null ? [] : [{ guard: untried(step.name), target: 'byHeader' }]),
          ...asking,
        ],
      },
      byHeader: joining(step, 'header', { target: 'afterHeader' }),
      afterHeader: { always: asking },
      asking: question(
        step.name,
        [
          { guard: result('collected'), target: 'byKeys', actions: noteOutput<ListenResult>(keep) },
          { guard: result('cancelled'), target: failed },
        ],
        'enter',
        onFault(failed),
      ),
      byKeys: joining(step, 'keys', {
        target: 'enter',
        actions: note((context) => noteError(context, step.name, 'invalid-value')),
      }),
    },
  };
}

/** The header is looked at before the first question, and not again. */
function untried(step: string) {
  return known('not asked yet', (context) => attemptsUsed(context, step) === 0);
}

function joining(
  step: LinkStep,
  by: 'header' | 'keys',
  otherwise: { readonly target: string; readonly actions?: ReturnType<typeof note> },
): FlowState {
  return {
    invoke: {
      src: 'link',
      input: { step: step.name, by },
      onDone: [
        {
          guard: answered<LinkOutput>('linked', (joined) => joined !== null),
          target: way(step, 'linked'),
          actions: noteOutput<LinkOutput>((context, joined) => join(context, step.name, joined)),
        },
        otherwise,
      ],
      onError: onFault(way(step, 'failed')),
    },
  };
}

function keep(context: FlowContext, output: ListenResult): Partial<FlowContext> {
  if (output.kind !== 'collected' || output.field.value === null) return {};
  return { values: withEntry(context.values, LINK_ID, output.field.value) };
}

function join(context: FlowContext, step: string, joined: LinkOutput): Partial<FlowContext> {
  if (joined === null) return {};
  const values = { ...context.values, ...joined.values };
  return { ...forgetError(context, step), session: { id: joined.id }, values };
}
