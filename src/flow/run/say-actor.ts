import type { SayRequest } from '../../ports/call';
import { BUILT_IN_PROMPTS } from '../compile/built-in';
import type { Done, EffectInput } from '../compile/machine-setup';
import { effect, type Asked } from './effect';
import type { Run } from './flow-tools';
import { speak, speakStep } from './speaking';

/** Says the prompts of a `say` step, or of a built-in state. */
export function sayActor(run: Run) {
  return effect<Done, EffectInput>(run, async (input, signal) => {
    await run.call.say(await requestOf(run, input), signal);
    return null;
  });
}

async function requestOf(run: Run, { step: name, context }: Asked): Promise<SayRequest> {
  const step = run.flow.steps.get(name);
  if (step?.kind === 'say') {
    const { media, words } = await speakStep(run, step.say, context);
    return { media, words, bargein: step.bargein };
  }
  const prompt = BUILT_IN_PROMPTS[name];
  const { media, words } = speak(run, prompt === undefined ? [] : [{ prompt }], context);
  return { media, words, bargein: false };
}
