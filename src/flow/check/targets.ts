import type { Template } from '../ast';
import { suggestion } from '../nearest';
import type { Checking } from './report';
import { nameOf, stepPlace } from './report';
import { expressionsIn } from './templates';

/** Return targets that no `flows/targets.yaml` has. What only a call can tell is checked when the call tells it. */
export function checkReturnTargets(checking: Checking): void {
  for (const step of checking.flow.steps.values()) {
    if (step.kind !== 'return') continue;
    for (const id of literalTargets(step.target)) {
      if (checking.world.targets.has(id)) continue;
      const message = `${nameOf(step)} returns to \`${id}\`, which is no target; ${suggestion(id, checking.world.targets.names)}`;
      checking.report('unknown-target', stepPlace(checking, step, 'return'), message);
    }
  }
}

function literalTargets(target: Template): readonly string[] {
  if (!target.dynamic) return [target.text];
  const [only, ...others] = expressionsIn(target);
  if (only === undefined || others.length > 0 || !/^\s*\{\{.*\}\}\s*$/s.test(target.text)) return [];
  return only.checked.ok ? only.checked.results : [];
}
