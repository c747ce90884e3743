import type { ListenResult } from '../../ports/call';
import type { LinkStep } from '../ast';
import type { FlowContext } from '../compile/context';
import { withEntry } from '../compile/context';
import type { FlowState, LinkOutput } from '../compile/machine-setup';
import { answered, note, noteOutput } from '../compile/machine-setup';
import { ASKS_CALLER, onFault, way, WHILE_ASKING } from '../compile/ways';
import { LINK_ID } from '../vocabulary';
import { attemptInput, attemptsUsed, countAttempt, exhausted, forgetError, noteError } from './attempts';
import { errorOf } from './collect';

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
      asking: listening(step),
      byKeys: joining(step, 'keys', {
        target: 'enter',
        actions: note((context) => noteError(context, step.name, 'invalid-value')),
      }),
    },
  };
}

/** The header is looked at before the first question, and not again. */
function untried(step: string) {
  return ({ context }: { context: FlowContext }) => attemptsUsed(context, step) === 0;
}

function joining(
  step: LinkStep,
  by: 'header' | 'keys',
  otherwise: { readonly target: string; readonly actions?: ReturnType<typeof note> },
): FlowState {
  return {
    invoke: {
      src: 'link',
      input: ({ context }) => ({ step: step.name, context, by }),
      onDone: [
        {
          guard: answered<LinkOutput>((joined) => joined !== null),
          target: way(step, 'linked'),
          actions: noteOutput<LinkOutput>((context, joined) => join(context, step.name, joined)),
        },
        otherwise,
      ],
      onError: onFault(way(step, 'failed')),
    },
  };
}

function listening(step: LinkStep): FlowState {
  const { name } = step;
  return {
    invoke: {
      src: 'listen',
      input: ({ context }) => attemptInput(name, context),
      onDone: [
        {
          guard: answered<ListenResult>((result) => result.kind === 'collected'),
          target: 'byKeys',
          actions: noteOutput<ListenResult>(keep),
        },
        { guard: answered<ListenResult>((result) => result.kind === 'cancelled'), target: way(step, 'failed') },
        {
          target: 'enter',
          actions: noteOutput<ListenResult>((context, result) => noteError(context, name, errorOf(result))),
        },
      ],
      onError: onFault(way(step, 'failed')),
    },
  };
}

function keep(context: FlowContext, result: ListenResult): Partial<FlowContext> {
  if (result.kind !== 'collected' || result.field.value === null) return {};
  return { values: withEntry(context.values, LINK_ID, result.field.value) };
}

function join(context: FlowContext, step: string, joined: LinkOutput): Partial<FlowContext> {
  if (joined === null) return {};
  const values = { ...context.values, ...joined.values };
  return { ...forgetError(context, step), session: { id: joined.id }, values };
}
