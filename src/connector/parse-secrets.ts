import type { Mistake } from '../flow/ast';
import { YamlPlaces } from './yaml-places';

export interface ParsedSecrets {
  readonly secrets: Readonly<Record<string, string>>;
  readonly mistakes: readonly Mistake[];
}

/** Reads a secrets file: YAML or JSON, names to texts. Messages never repeat a value. */
export function parseSecrets(text: string, file: string): ParsedSecrets {
  const yaml = new YamlPlaces(text, file);
  const secrets: Record<string, string> = {};
  if (yaml.root === null) return { secrets, mistakes: yaml.mistakes };
  for (const { key, keyNode, value } of yaml.entries(yaml.root, 'the secrets file')) {
    if (!/^[a-z][a-z0-9_]*$/.test(key))
      yaml.report('bad-name', `\`${key}\` must be of lower-case letters, digits and _`, keyNode);
    const secret = yaml.text(value, `the secret \`${key}\``);
    if (secret !== null) secrets[key] = secret;
  }
  return { secrets, mistakes: yaml.mistakes };
}
