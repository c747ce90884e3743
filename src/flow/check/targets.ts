import type { ReturnStep, Template } from '../ast';
import { suggestion } from '../nearest';
import { TRANSFERRER_ID } from '../targets';
import type { Checking } from './report';
import { nameOf, stepPlace } from './report';
import { expressionsIn } from './templates';

/** Return targets that no `flows/targets.yaml` has. What only a call can tell is checked when the call tells it. */
export function checkReturnTargets(checking: Checking): void {
  for (const step of checking.flow.steps.values()) {
    if (step.kind !== 'return') continue;
    if (step.release === 'refer') checkRelease(checking, step);
    for (const id of literalTargets(step.target)) {
      if (id === TRANSFERRER_ID || checking.world.targets.has(id)) continue;
      const message = `${nameOf(step)} returns to \`${id}\`, which is no target; ${suggestion(id, [...checking.world.targets.names, TRANSFERRER_ID])}`;
      checking.report('unknown-target', stepPlace(checking, step, 'return'), message);
    }
  }
}

/** What a REFER cannot do: carry headers, and lead to a target without an address. */
function checkRelease(checking: Checking, step: ReturnStep): void {
  if (Object.keys(step.with).length > 0) {
    const message = `${nameOf(step)} cannot send \`with\` in a REFER; leave out \`with\`, or write \`release: bridge\``;
    checking.report('bad-value', stepPlace(checking, step, 'with'), message);
  }
  for (const id of literalTargets(step.target)) {
    if (!checking.world.targets.has(id) || checking.world.targets.addressOf(id) !== null) continue;
    const message = `${nameOf(step)} cannot refer to \`${id}\`, which has no SIP address of its own; write \`release: bridge\``;
    checking.report('bad-value', stepPlace(checking, step, 'release'), message);
  }
}

function literalTargets(target: Template): readonly string[] {
  if (!target.dynamic) return [target.text];
  const [only, ...others] = expressionsIn(target);
  if (only === undefined || others.length > 0 || !/^\s*\{\{.*\}\}\s*$/s.test(target.text)) return [];
  return only.checked.ok ? only.checked.results : [];
}
