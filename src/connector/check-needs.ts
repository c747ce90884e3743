import type { Mistake } from '../flow/ast';
import { suggestion } from '../flow/nearest';
import type { Connector } from './ast';
import { needsOf } from './needs';

/** Settings and secrets that connectors name and nobody has, each with its place. `secretsFile` is what the message calls it. */
export function missingNeeds(
  connectors: Iterable<Connector>,
  settings: Iterable<string>,
  secrets: Iterable<string>,
  secretsFile: string,
): readonly Mistake[] {
  const haveSettings = new Set(settings);
  const haveSecrets = new Set(secrets);
  const mistakes: Mistake[] = [];
  for (const connector of connectors) {
    const needs = needsOf(connector);
    for (const [name, place] of needs.settings) {
      if (haveSettings.has(name)) continue;
      mistakes.push({
        rule: 'unknown-setting',
        message: `there is no setting \`${name}\`: ${suggestion(name, haveSettings)}`,
        place,
      });
    }
    for (const [name, place] of needs.secrets) {
      if (haveSecrets.has(name)) continue;
      mistakes.push({
        rule: 'secret-missing',
        message: `the secret \`${name}\` is not in ${secretsFile}; add a line \`${name}: ...\` to it`,
        place,
      });
    }
  }
  return mistakes;
}
