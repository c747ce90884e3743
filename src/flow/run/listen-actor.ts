import { openSink } from '../../dtmf/fields';
import { PlainSink } from '../../dtmf/plain-sink';
import { HushtoneError } from '../../errors';
import type { FieldTiming, ListenRequest, ListenResult } from '../../ports/call';
import type { KeySink } from '../../ports/key-sink';
import type { CollectStep, ConfirmStep, Flow, LinkStep, MenuStep, OtpStep, Timing } from '../ast';
import type { ListenInput } from '../compile/machine-setup';
import { effect } from './effect';
import type { Run } from './flow-tools';
import { choosePrompt } from './prompt-choice';
import { speakItems } from './speaking';

type AskingStep = CollectStep | LinkStep | MenuStep | ConfirmStep | OtpStep;

/** Where the keys go, and how the field is called in records. */
type Field = Pick<ListenRequest, 'field' | 'sensitive' | 'bargein' | 'hotKey' | 'sink'>;

/** One attempt at one field: the prompt for this attempt, its error and the card's brand, then the keys. */
export function listenActor(run: Run) {
  return effect<ListenResult, ListenInput>(run, async (input, signal) => {
    const { step: name, context, attempt, error } = input;
    const step = askingStep(run.flow, name);
    const brand = context.sealed['card-number']?.brand ?? null;
    const { media, words } = await speakItems(run, choosePrompt(step.prompts, { attempt, error, brand }), context);
    signal.throwIfAborted();
    const field = fieldOf(run, step, brand);
    const result = await run.call.listen({ ...field, attempt, media, words, timing: timingOf(step.timing) }, signal);
    if (result.kind === 'collected') forgetReplaced(run, input, step, result.field.ref);
    return result;
  });
}

function askingStep(flow: Flow, name: string): AskingStep {
  const step = flow.steps.get(name);
  if (step !== undefined && 'prompts' in step) return step;
  throw new HushtoneError('flow-invalid', `${flow.id} has no step "${name}" that asks for keys`);
}

function fieldOf(run: Run, step: AskingStep, brand: string | null): Field {
  const owner = run.call.id;
  const { vault } = run.tools;
  switch (step.kind) {
    case 'collect': {
      const { field, sensitive, bargein, min, max, accept } = step;
      const sink = openSink(vault, { owner, field, sensitive, min, max, accept, brand });
      return { field, sensitive, bargein, hotKey: null, sink };
    }
    case 'otp': {
      const { min, max, resendKey } = step;
      const sink = openSink(vault, { owner, field: 'otp', sensitive: true, min, max });
      return { field: 'otp', sensitive: true, bargein: true, hotKey: keyByte(resendKey), sink };
    }
    case 'link': {
      const sink = openSink(vault, { owner, field: 'link-id', sensitive: false });
      return { field: 'link-id', sensitive: false, bargein: true, hotKey: null, sink };
    }
    case 'menu':
      return choice('menu', Object.keys(step.choices));
    case 'confirm':
      return choice('confirm', ['1', '2']);
  }
}

function choice(field: string, keys: readonly string[]): Field {
  return { field, sensitive: false, bargein: true, hotKey: null, sink: keySink(keys) };
}

/** One key, which must be one of the choices. */
function keySink(keys: readonly string[]): KeySink {
  const check = (key: string) => (keys.includes(key) ? null : 'invalid-value');
  return new PlainSink({ min: 1, max: 1, tooShort: 'timeout', check });
}

function timingOf(timing: Timing): FieldTiming {
  const { firstKeyMs, interdigitMs, termMs, terminator, clearKey } = timing;
  return { firstKeyMs, interdigitMs, termMs, terminator: keyByte(terminator), clearKey: keyByte(clearKey) };
}

function keyByte(key: string | null): number | null {
  return key === null ? null : key.charCodeAt(0);
}

/** A field keyed again leaves the slot of the one before to nobody. */
function forgetReplaced(run: Run, { context }: ListenInput, step: AskingStep, ref: string | null): void {
  const field = step.kind === 'collect' ? step.field : 'otp';
  const before = ref === null ? undefined : context.sealed[field];
  if (before !== undefined && before.ref !== ref) run.tools.vault.wipe(before.ref);
}
