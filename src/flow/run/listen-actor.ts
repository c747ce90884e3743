import { openSink } from '../../dtmf/fields';
import { PlainSink } from '../../dtmf/plain-sink';
import { HushtoneError } from '../../errors';
import type { FieldTiming, ListenRequest, ListenResult } from '../../ports/call';
import type { CardVault } from '../../ports/card-vault';
import type { CollectedField, KeySink } from '../../ports/key-sink';
import type { CollectStep, ConfirmStep, Flow, LinkStep, MenuStep, OtpStep, Timing } from '../ast';
import { languageOf } from '../compile/context';
import type { ListenInput } from '../compile/machine-setup';
import { SECOND_ENTRY } from '../vocabulary';
import { effect, isCallOver, reportFailure, type Asked } from './effect';
import type { Run } from './flow-tools';
import { choosePrompt } from './prompt-choice';
import { speak, speakStep } from './speaking';

type AskingStep = CollectStep | LinkStep | MenuStep | ConfirmStep | OtpStep;

type Collected = Extract<ListenResult, { kind: 'collected' }>;

/** Where the keys go, and how the field is called in records. */
type Field = Pick<ListenRequest, 'field' | 'sensitive' | 'bargein' | 'hotKey' | 'sink'>;

/** One attempt at one field: the prompt for this attempt, its error and the card's brand, then the keys. */
export function listenActor(run: Run) {
  return effect<ListenResult, ListenInput>(run, async (input, signal) => {
    const step = askingStep(run.flow, input.step);
    const asking = { run, input, step, signal };
    const once = await listenFor(asking, input.error);
    const result =
      once.kind === 'collected' && step.kind === 'collect' && step.matching ? await listenAgain(asking, once) : once;
    if (result.kind === 'collected') {
      forgetReplaced(run, input, step, result.field.ref);
      if (step.kind === 'collect' && step.readback !== null) await readBack(asking, step.readback, result.field);
    }
    return result;
  });
}

/** One attempt under way. */
interface Asking {
  readonly run: Run;
  readonly input: Asked<ListenInput>;
  readonly step: AskingStep;
  readonly signal: AbortSignal;
}

async function listenFor({ run, input, step, signal }: Asking, error: string | null): Promise<ListenResult> {
  const { context, attempt } = input;
  const brand = context.sealed['card-number']?.brand ?? null;
  const language = languageOf(context);
  const { media, words } = await speakStep(
    run,
    choosePrompt(step.prompts, { attempt, error, brand, language }),
    context,
  );
  signal.throwIfAborted();
  const field = fieldOf(run, step, brand);
  return run.call.listen({ ...field, attempt, media, words, timing: timingOf(step.timing) }, signal);
}

/** Has it keyed a second time. Of a sensitive field the vault compares the two; whatever comes of it, one slot is left or none. */
async function listenAgain(asking: Asking, first: Collected): Promise<ListenResult> {
  const { vault } = asking.run.tools;
  let same = false;
  try {
    const second = await listenFor(asking, SECOND_ENTRY);
    if (second.kind !== 'collected') return second;
    try {
      same = areSame(vault, first.field, second.field);
    } finally {
      if (second.field.ref !== null) vault.wipe(second.field.ref);
    }
    return same ? first : { kind: 'failed', error: 'input-matching-failed' };
  } finally {
    if (!same && first.field.ref !== null) vault.wipe(first.field.ref);
  }
}

function areSame(vault: CardVault, first: CollectedField, second: CollectedField): boolean {
  if (first.ref === null || second.ref === null) return first.value === second.value;
  return vault.same(first.ref, second.ref);
}

/** Says the last four digits. What was keyed is good, so a prompt that cannot be played costs nothing but itself. */
async function readBack({ run, input, signal }: Asking, prompt: string, field: CollectedField): Promise<void> {
  const digits = field.last4 ?? field.value?.slice(-4) ?? '';
  const { media, words } = speak(run, [{ prompt, values: { digits } }], input.context);
  try {
    await run.call.say({ media, words, bargein: true }, signal);
  } catch (error) {
    if (!signal.aborted && !isCallOver(error)) {
      reportFailure(run, input.step, error);
      return;
    }
    // Nobody will learn of this field any more.
    if (field.ref !== null) run.tools.vault.wipe(field.ref);
    throw error;
  }
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
function forgetReplaced(run: Run, { context }: Asked<ListenInput>, step: AskingStep, ref: string | null): void {
  const field = step.kind === 'collect' ? step.field : 'otp';
  const before = ref === null ? undefined : context.sealed[field];
  if (before !== undefined && before.ref !== ref) run.tools.vault.wipe(before.ref);
}
