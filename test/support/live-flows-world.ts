import { HushtoneError } from '../../src/errors';
import type { Mistake } from '../../src/flow/ast';
import type { FlowWorld } from '../../src/flow/check/world';
import type { FlowFile } from '../../src/flow/load-flows';
import { FileChanges, type Look } from '../../src/flow/run/reload/file-changes';
import { LiveFlows } from '../../src/flow/run/reload/live-flows';
import type { FlowReload } from '../../src/ports/flow-reload';
import { testWorld } from '../flow/support/flow-world';
import { ManualClock, settle } from './manual-clock';
import { MemoryFlowVersions } from './memory-flow-versions';

/** What stands beside flows; each reading makes a new one. */
export interface TestSurroundings {
  readonly world: FlowWorld;
  readonly made: number;
}

/** A flows folder in memory with somebody who edits it, and the flows that are in use because of it. */
export class LiveFlowsWorld {
  readonly clock = new ManualClock();
  readonly files = new Map<string, string>();
  readonly reloads: FlowReload[] = [];
  /** Names of files that nobody can read. */
  readonly unreadable = new Set<string>();
  /** Other than null: connectors and the like have this mistake. */
  wrongAround: string | null = null;
  world = testWorld();
  made = 0;
  private edits = 0;
  private readonly states = new Map<string, string>();
  private live: LiveFlows<TestSurroundings> | null = null;
  private changes: FileChanges | null = null;

  constructor(
    files: Readonly<Record<string, string>>,
    readonly versions = new MemoryFlowVersions(),
  ) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  get flows(): LiveFlows<TestSurroundings> {
    if (this.live === null) throw new Error('it has not been started');
    return this.live;
  }

  /** The last reading of changed files. */
  get last(): FlowReload | undefined {
    return this.reloads.at(-1);
  }

  /** As the engine does at its start. */
  async start(): Promise<FlowReload> {
    const { clock, versions } = this;
    const source = { flowFiles: () => this.flowFiles(), surroundings: () => this.surroundings() };
    const starting = LiveFlows.start({ source, versions, clock });
    starting.catch(() => undefined);
    await clock.advance(0);
    const { flows, first } = await starting;
    this.live = flows;
    this.changes = new FileChanges(
      {
        clock,
        look: () => Promise.resolve(this.look()),
        changed: async (now, before, stillSo) => {
          const reload = await flows.reload(now.get('around') !== before.get('around'), stillSo);
          if (reload !== null) this.reloads.push(reload);
        },
      },
      this.look(),
    );
    this.changes.open();
    return first;
  }

  /** Saves a file. */
  write(name: string, text: string): void {
    this.files.set(name, text);
    this.states.set(name, String((this.edits += 1)));
    this.changes?.noticed();
  }

  remove(name: string): void {
    this.files.delete(name);
    this.states.delete(name);
    this.changes?.noticed();
  }

  /** Something of what stands beside flows is saved. */
  writeAround(change: { readonly world?: FlowWorld; readonly wrong?: string | null }): void {
    this.world = change.world ?? this.world;
    this.wrongAround = change.wrong ?? null;
    this.states.set('around', String((this.edits += 1)));
    this.changes?.noticed();
  }

  /** Lets what was saved be noticed and read. */
  async wait(ms = 5_000): Promise<void> {
    await settle();
    await this.clock.advance(ms);
  }

  close(): void {
    this.changes?.close();
  }

  private look(): Look {
    return new Map(this.states);
  }

  private flowFiles(): Promise<readonly FlowFile[]> {
    if (this.files.size === 0) return Promise.reject(new HushtoneError('flow-unreadable', 'there is none'));
    return Promise.resolve([...this.files].map(([path, text]) => this.asRead(path, text)));
  }

  private asRead(path: string, text: string): FlowFile {
    if (!this.unreadable.has(path)) return { path, text };
    const place = { file: path, line: 1, column: 1 };
    return { path, text: '', unreadable: { rule: 'unreadable', message: 'it is a pipe', place } };
  }

  private surroundings(): Promise<{ surroundings: TestSurroundings; mistakes: readonly Mistake[] }> {
    const place = { file: 'targets.yaml', line: 1, column: 1 };
    const mistakes = this.wrongAround === null ? [] : [{ rule: 'yaml', message: this.wrongAround, place }];
    return Promise.resolve({ surroundings: { world: this.world, made: (this.made += 1) }, mistakes });
  }
}
