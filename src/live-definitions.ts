import type { ReadinessCheck } from './http/health';
import type { Config } from './config';
import { FolderEvents, lookAt, surroundingsDiffer } from './definition-files';
import { loadSurroundings, readFlows, type Surroundings } from './definitions';
import { FileChanges, type Look } from './flow/run/reload/file-changes';
import { LiveFlows, type DefinitionSource } from './flow/run/reload/live-flows';
import { ReloadLog } from './observe/reload-log';
import type { Clock } from './ports/clock';
import type { FlowReload } from './ports/flow-reload';
import type { FlowVersions } from './ports/flow-versions';
import type { Logger } from './ports/logger';

export interface LiveDefinitionsParts {
  readonly config: Config;
  readonly versions: FlowVersions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of each reading of changed files, the first one too. */
  readonly onReload: (reload: FlowReload) => void;
}

/** The definitions in use, and what keeps them up to date with the files. */
export class LiveDefinitions {
  private readonly log: ReloadLog;
  private changes: FileChanges | null = null;
  private events: FolderEvents | null = null;
  /** A sandbox is started with the engine or not at all. */
  private sandboxRuns = true;

  private constructor(
    private readonly parts: LiveDefinitionsParts,
    readonly flows: LiveFlows<Surroundings>,
    private last: FlowReload,
    private readonly firstLook: Look,
  ) {
    this.log = new ReloadLog(parts.logger);
    this.tell(last);
  }

  /** Reads everything for the first time. @throws HushtoneError `flow-invalid`, `flow-unreadable` */
  static async load(parts: LiveDefinitionsParts): Promise<LiveDefinitions> {
    const { config, versions, clock } = parts;
    let live: LiveDefinitions | null = null;
    const source: DefinitionSource<Surroundings> = {
      flowFiles: () => readFlows(config),
      surroundings: async () => {
        const read = await loadSurroundings(config);
        return live === null ? read : live.asTheEngineCan(read);
      },
    };
    // Before anything is read: what changes from now on is a change.
    const look = await lookAt(config);
    const { flows, first } = await LiveFlows.start({ source, versions, clock });
    return (live = new LiveDefinitions(parts, flows, first, look));
  }

  /** Mistakes that stand in files now and are not used. */
  get mistakes(): FlowReload['mistakes'] {
    return this.last.mistakes;
  }

  /** Everybody may ask, so it says nothing of what stands in a file. */
  readonly check: ReadinessCheck['check'] = () => {
    const [first] = this.mistakes;
    if (first === undefined) return null;
    const many = this.mistakes.length === 1 ? 'a mistake' : `${this.mistakes.length} mistakes`;
    return {
      unverified: `changed files have ${many}, so what was in use before stays in use, and what never was is left out: ${first.open}; the log and \`hushtone flow check\` say more`,
    };
  };

  /** Follows the files from now on. `meanwhile` is called every few seconds. */
  follow(sandboxRuns: boolean, meanwhile: () => void): void {
    const { config, clock, logger } = this.parts;
    this.sandboxRuns = sandboxRuns;
    const events = new FolderEvents(config, () => this.changes?.noticed(), logger);
    this.events = events;
    this.changes = new FileChanges(
      {
        clock,
        look: async () => {
          meanwhile();
          await events.refresh();
          return lookAt(config);
        },
        changed: (now, before, stillSo) => this.reload(now, before, stillSo),
      },
      this.firstLook,
    );
    this.changes.open();
  }

  close(): void {
    this.changes?.close();
    this.events?.close();
  }

  private async reload(now: Look, before: Look, stillSo: () => Promise<boolean>): Promise<void> {
    const { flows, parts } = this;
    const reload = await flows.reload(surroundingsDiffer(now, before, parts.config), stillSo);
    if (reload !== null) this.tell(reload);
  }

  private tell(reload: FlowReload): void {
    this.last = reload;
    this.log.record(reload);
    this.parts.onReload(reload);
  }

  private asTheEngineCan(read: Awaited<ReturnType<typeof loadSurroundings>>): typeof read {
    if (this.sandboxRuns || !read.surroundings.needsSandbox) return read;
    const message =
      'a connector names the sandbox (`{{ settings.sandbox_url }}`), which was not started with this engine: start the engine again';
    const place = { file: this.parts.config.flowsDir, line: 1, column: 1 };
    return { ...read, mistakes: [...read.mistakes, { rule: 'sandbox', message, place }] };
  }
}
