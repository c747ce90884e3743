import type { Step } from '../ast';
import { titleOf } from '../parse/fields';
import type { Checking } from './report';
import { entryPlace, headerPlace, nameOf, sourceName } from './report';
import { isSensitiveName } from './sensitive-names';
import { expressionsOf, savedNames, subtractions } from './templates';

/** Sensitive fields named where they may not be: only `pay` and `otp` use them, and by themselves. */
export function checkSensitive(checking: Checking): void {
  for (const { text, checked, place } of expressionsOf(checking.flow)) {
    if (!checked.ok) continue;
    for (const name of new Set([...checked.names, ...subtractions(text, checked.names)].filter(isSensitiveName))) {
      checking.report(
        'sensitive',
        place,
        `\`${name}\` is sensitive: no expression can read it; \`pay\` and \`otp\` use it by themselves`,
      );
    }
  }
  for (const [index, source] of checking.flow.context.entries()) {
    if (source.kind === 'headers') {
      for (const [name, header] of Object.entries(source.headers)) {
        const wrong = [name, header].find(isSensitiveName);
        if (wrong === undefined) continue;
        checking.report(
          'sensitive',
          headerPlace(checking, name),
          `\`${wrong}\` is sensitive and may not arrive with a call`,
        );
      }
      continue;
    }
    for (const name of Object.keys(source.with).filter(isSensitiveName)) {
      const title = titleOf(name, titleOf('with', sourceName(index)));
      const place = checking.parsed.places.get(title) ?? source.place;
      checking.report('sensitive', place, `${sourceName(index)} cannot pass \`${name}\`: it is sensitive`);
    }
  }
  for (const step of checking.flow.steps.values()) checkStep(checking, step);
}

function checkStep(checking: Checking, step: Step): void {
  for (const [key, name] of savedNames(step)) {
    if (!isSensitiveName(name)) continue;
    checking.report(
      'sensitive',
      entryPlace(checking, step, key, name),
      `${nameOf(step)} cannot save \`${name}\`: it is sensitive`,
    );
  }
  for (const [key, name] of passedNames(step)) {
    if (!isSensitiveName(name)) continue;
    const message = `${nameOf(step)} cannot pass \`${name}\`: it is sensitive, and only \`pay\` and \`otp\` hand it to a connector`;
    checking.report('sensitive', entryPlace(checking, step, key, name), message);
  }
}

function passedNames(step: Step): readonly (readonly [key: string, name: string])[] {
  if (step.kind === 'pay') return Object.keys(step.parameters).map((name) => ['parameters', name]);
  if (step.kind === 'connect' || step.kind === 'return') return Object.keys(step.with).map((name) => ['with', name]);
  return step.kind === 'sms' ? Object.keys(step.with).map((name) => ['sms', name]) : [];
}
