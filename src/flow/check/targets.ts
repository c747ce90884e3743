import type { Place, ReturnStep, Template } from '../ast';
import { suggestion } from '../nearest';
import { titleOf } from '../parse/fields';
import { TRANSFERRER_ID } from '../targets';
import type { Checking } from './report';
import { nameOf, stepPlace } from './report';
import { literalsOf } from './templates';

/** Return targets that no `flows/targets.yaml` has. What only a call can tell is checked when the call tells it. */
export function checkReturnTargets(checking: Checking): void {
  for (const step of checking.flow.steps.values()) {
    if (step.kind === 'return') {
      if (step.release === 'refer') checkRelease(checking, step);
      checkIds(checking, step.target, stepPlace(checking, step, 'return'), `${nameOf(step)} returns to`);
    } else if (step.kind === 'assist') {
      const place = checking.parsed.places.get(titleOf('agent', titleOf('assist', nameOf(step)))) ?? step.place;
      checkIds(checking, step.agent, place, `${nameOf(step)} rings`);
    }
  }
}

function checkIds(checking: Checking, target: Template, place: Place, does: string): void {
  for (const id of literalsOf(target)) {
    if (id === '' || id === TRANSFERRER_ID || checking.world.targets.has(id)) continue;
    const hint = suggestion(id, [...checking.world.targets.names, TRANSFERRER_ID]);
    checking.report('unknown-target', place, `${does} \`${id}\`, which is no target; ${hint}`);
  }
}

/** What a REFER cannot do: carry headers, and lead to a target without an address. */
function checkRelease(checking: Checking, step: ReturnStep): void {
  if (Object.keys(step.with).length > 0) {
    const message = `${nameOf(step)} cannot send \`with\` in a REFER; leave out \`with\`, or write \`release: bridge\``;
    checking.report('bad-value', stepPlace(checking, step, 'with'), message);
  }
  for (const id of literalsOf(step.target)) {
    if (!checking.world.targets.has(id) || checking.world.targets.addressOf(id) !== null) continue;
    const message = `${nameOf(step)} cannot refer to \`${id}\`, which has no SIP address of its own; write \`release: bridge\``;
    checking.report('bad-value', stepPlace(checking, step, 'release'), message);
  }
}
