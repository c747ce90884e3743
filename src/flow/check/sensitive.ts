import type { Step } from '../ast';
import type { Checking } from './report';
import { flowPlace, nameOf, stepPlace } from './report';
import { isSensitiveName } from './sensitive-names';
import { expressionsOf, savedNames } from './templates';

/** Sensitive fields named where they may not be: only `pay` and `otp` use them, and by themselves. */
export function checkSensitive(checking: Checking): void {
  for (const { checked, place } of expressionsOf(checking.flow)) {
    if (!checked.ok) continue;
    for (const name of new Set(checked.names.filter(isSensitiveName))) {
      checking.report(
        'sensitive',
        place,
        `\`${name}\` is sensitive: no expression can read it; \`pay\` and \`otp\` use it by themselves`,
      );
    }
  }
  for (const source of checking.flow.context) {
    const names = source.kind === 'headers' ? Object.entries(source.headers).flat() : Object.keys(source.with);
    for (const name of names.filter(isSensitiveName)) {
      checking.report(
        'sensitive',
        flowPlace(checking, 'context'),
        `\`${name}\` is sensitive and may not arrive with a call`,
      );
    }
  }
  for (const step of checking.flow.steps.values()) checkStep(checking, step);
}

function checkStep(checking: Checking, step: Step): void {
  for (const [key, name] of savedNames(step)) {
    if (!isSensitiveName(name)) continue;
    checking.report(
      'sensitive',
      stepPlace(checking, step, key),
      `${nameOf(step)} cannot save \`${name}\`: it is sensitive`,
    );
  }
  for (const [key, name] of passedNames(step)) {
    if (!isSensitiveName(name)) continue;
    const message = `${nameOf(step)} cannot pass \`${name}\`: it is sensitive, and only \`pay\` and \`otp\` hand it to a connector`;
    checking.report('sensitive', stepPlace(checking, step, key), message);
  }
}

function passedNames(step: Step): readonly (readonly [key: string, name: string])[] {
  if (step.kind === 'pay') return Object.keys(step.parameters).map((name) => ['parameters', name]);
  if (step.kind === 'connect' || step.kind === 'return') return Object.keys(step.with).map((name) => ['with', name]);
  return step.kind === 'sms' ? Object.keys(step.with).map((name) => ['sms', name]) : [];
}
