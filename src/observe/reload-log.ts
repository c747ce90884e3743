import type { FlowReload, NamedVersion } from '../ports/flow-reload';
import type { LogFields, Logger } from '../ports/logger';

/** As many as a person reads. */
const SHOWN = 20;

/** Digits of a version that people and log lines use. */
const SHORT = 12;

/** The first digits of a version: enough to tell it from any other, and to name it to `hushtone flow`. */
export function shortVersion(version: string): string {
  return version.slice(0, SHORT);
}

/** Writes what became of changed definition files into the log. A mistake that is still there is not told again. */
export class ReloadLog {
  private told: ReadonlySet<string> = new Set();
  private wrong = false;

  constructor(private readonly logger: Logger) {}

  record({ ms, taken, gone, surroundings, mistakes, warnings, inUse }: FlowReload): void {
    for (const each of taken) this.logger.info('flow-in-use', { ...fieldsOf(each), ms });
    for (const each of gone) this.logger.warn('flow-gone', { ...fieldsOf(each), reason: 'its file is gone' });
    if (surroundings) {
      this.logger.info('definitions-in-use', { ms, reason: 'connectors, targets, accounts, secrets or recordings' });
    }
    for (const { file, words } of warnings) {
      if (!this.told.has(words)) this.logger.warn('flow-warning', { file, reason: words });
    }
    const fresh = mistakes.filter(({ words }) => !this.told.has(words));
    for (const { file, words } of fresh.slice(0, SHOWN)) {
      const still = inUse.find((each) => each.file === file);
      this.logger.error('reload-refused', { file, error: words, ...(still === undefined ? {} : fieldsOf(still)) });
    }
    if (fresh.length > SHOWN) {
      this.logger.error('reload-refused', { count: fresh.length, reason: 'hushtone flow check lists them all' });
    }
    if (mistakes.length === 0 && this.wrong) this.logger.info('definitions-well');
    this.wrong = mistakes.length > 0;
    this.told = new Set([...mistakes, ...warnings].map(({ words }) => words));
  }
}

function fieldsOf({ flow, version, file }: NamedVersion): LogFields {
  return { flow, version: shortVersion(version), file };
}
