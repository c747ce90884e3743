import { Counter, Gauge, type Registry } from 'prom-client';
import type { FlowReload } from '../ports/flow-reload';
import { shortVersion } from './reload-log';

/** Counts readings of changed definition files, and tells which versions are in use. */
export class ReloadMetrics {
  private readonly reloads: Counter<'result'>;
  private readonly last: Gauge<'result'>;
  private readonly mistakes: Gauge;
  private readonly versions: Gauge<'flow' | 'version'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.reloads = new Counter({
      name: 'hushtone_reloads_total',
      help: 'Readings of definition files; refused: some of it was not used',
      labelNames: ['result'],
      registers,
    });
    this.last = new Gauge({
      name: 'hushtone_last_reload_timestamp_seconds',
      help: 'When definition files were last read with this result',
      labelNames: ['result'],
      registers,
    });
    this.mistakes = new Gauge({
      name: 'hushtone_definition_mistakes',
      help: 'Mistakes in definition files, because of which something earlier stays in use',
      registers,
    });
    this.versions = new Gauge({
      name: 'hushtone_flow_version',
      help: 'Always 1: the version with which new calls of each flow begin',
      labelNames: ['flow', 'version'],
      registers,
    });
    for (const result of ['used', 'refused']) this.reloads.inc({ result }, 0);
  }

  readonly record = ({ at, mistakes, inUse }: FlowReload): void => {
    const result = mistakes.length === 0 ? 'used' : 'refused';
    this.reloads.inc({ result });
    this.last.set({ result }, at / 1000);
    this.mistakes.set(mistakes.length);
    this.versions.reset();
    for (const { flow, version } of inUse) this.versions.set({ flow, version: shortVersion(version) }, 1);
  };
}
