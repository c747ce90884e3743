import { HushtoneError, type ErrorCode } from './errors';
import type { ReadinessCheck } from './http/health';
import { inWords } from './observe/findings';
import type { Finding } from './ports/findings';
import type { Logger } from './ports/logger';

/** What is refused under which code; whatever else is wrong with Asterisk is `asterisk-failed`. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  node: 'config-invalid',
  time: 'config-invalid',
  store: 'journal-unavailable',
  prompts: 'prompt-missing',
  asterisk: 'asterisk-too-old',
  masking: 'asterisk-unsafe',
  applications: 'asterisk-unsafe',
  logging: 'asterisk-unsafe',
};

/**
 * Acts on what a start has found: warnings go into the log, and what nobody has verified into `/readyz`.
 *
 * @throws HushtoneError for the first thing that is refused, with all of that kind in its words
 */
export function actOn(findings: readonly Finding[], logger: Logger): ReadinessCheck[] {
  const refused = findings.filter(({ level }) => level === 'refused');
  const [first] = refused;
  if (first !== undefined) {
    const alike = refused.filter(({ about }) => about === first.about);
    throw new HushtoneError(CODES[first.about] ?? 'asterisk-failed', alike.map(inWords).join('; '));
  }
  for (const finding of findings) {
    if (finding.level !== 'ok') logger.warn('start-check', { state: finding.level, reason: inWords(finding) });
  }
  const unverified = findings.filter(({ level }) => level === 'unverified');
  return [...new Set(unverified.map(({ about }) => about))].map((name) => {
    const words = unverified.filter(({ about }) => about === name).map(inWords);
    return { name, check: () => ({ unverified: words.join('; ') }) };
  });
}
