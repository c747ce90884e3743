import path from 'node:path';
import { messageOf } from '../../../errors';
import type { Clock } from '../../../ports/clock';
import type { FlowReload, NamedVersion } from '../../../ports/flow-reload';
import type { FlowVersions } from '../../../ports/flow-versions';
import type { Flow, Mistake } from '../../ast';
import type { FlowWorld } from '../../check/world';
import { chooseFlows, type FlowChoice } from '../../choose-flows';
import { compileFlow, type CompiledFlow } from '../../compile/compile-flow';
import {
  checkFlowFile,
  checkParsed,
  joinFlows,
  namesOf,
  parseFlowFile,
  type CheckedFlow,
  type FlowFile,
} from '../../load-flows';
import { versionOf } from '../../parse/parse-flow';
import { forReload, refusal } from './mistakes-in-words';

/** All that flows are checked against and run with. */
export interface Surrounding {
  readonly world: FlowWorld;
}

/** Where definitions come from. */
export interface DefinitionSource<S extends Surrounding> {
  /** Every flow file. @throws HushtoneError `flow-unreadable` */
  readonly flowFiles: () => Promise<readonly FlowFile[]>;
  /** Everything else. With mistakes it is no good for calls. @throws HushtoneError */
  readonly surroundings: () => Promise<{ readonly surroundings: S; readonly mistakes: readonly Mistake[] }>;
}

/** A version of a flow with what it was checked against: what a call begins with, and keeps. */
export interface ServedFlow<S> {
  readonly compiled: CompiledFlow;
  readonly surroundings: S;
}

export interface LiveFlowsParts<S extends Surrounding> {
  readonly source: DefinitionSource<S>;
  readonly versions: FlowVersions;
  readonly clock: Clock;
}

/** The flows that calls begin with, read again when their files change. A mistake anywhere leaves what it would have changed as it was. */
export class LiveFlows<S extends Surrounding> {
  private served: ReadonlyMap<string, ServedFlow<S>> = new Map();
  private byDid: ReadonlyMap<string, ServedFlow<S>> = new Map();
  private earlier = new Map<string, ServedFlow<S>>();
  private checked: ReadonlyMap<string, Checked> = new Map();
  /** They could not be taken over at the last reading, so the next one reads them too. */
  private surroundingsDue = false;

  private constructor(
    private readonly parts: LiveFlowsParts<S>,
    private current: S,
  ) {}

  /**
   * The first reading. A flow file with mistakes starts with its last good version, or is left out when none is kept: a machine
   * that comes up again at night takes payments though somebody was editing. It is refused when no flow is left.
   *
   * @throws HushtoneError `flow-invalid` that lists every mistake with its place, `flow-unreadable`
   */
  static async start<S extends Surrounding>(
    parts: LiveFlowsParts<S>,
  ): Promise<{ readonly flows: LiveFlows<S>; readonly first: FlowReload }> {
    const files = await parts.source.flowFiles();
    const { surroundings, mistakes } = await parts.source.surroundings();
    if (mistakes.length > 0) {
      const more = joinFlows(files.map((file) => checkFlowFile(file, surroundings.world))).mistakes;
      throw refusal([...mistakes, ...more]);
    }
    const flows = new LiveFlows(parts, surroundings);
    const first = await flows.readFirst(files);
    return { flows, first };
  }

  /** What a call to this number begins with. */
  find(did: string): ServedFlow<S> | null {
    return this.byDid.get(did) ?? null;
  }

  /** Number -> flow. */
  get numbers(): ReadonlyMap<string, ServedFlow<S>> {
    return this.byDid;
  }

  /** What was read last without a mistake. */
  get latest(): S {
    return this.current;
  }

  /** Everything that a new call may begin with. */
  get inUse(): ReadonlySet<S> {
    return new Set([this.current, ...[...this.served.values()].map(({ surroundings }) => surroundings)]);
  }

  /** The version that a call of an earlier process had, if it is kept and is still right with what is there now. */
  version(hash: string): ServedFlow<S> | null {
    const now = [...this.served.values()].find(({ compiled }) => compiled.flow.version === hash);
    const known = now ?? this.earlier.get(hash);
    if (known !== undefined) return known;
    const kept = this.parts.versions.find(hash);
    const flow = kept === null ? null : this.good(kept.file, kept.text);
    if (flow === null) return null;
    const served = { compiled: compileFlow(flow), surroundings: this.current };
    this.earlier.set(hash, served);
    return served;
  }

  /**
   * Reads everything again and takes over what is good, in one step at the end.
   *
   * @param surroundingsToo whether anything but flow files has changed
   * @param stillSo asked after reading; when it says no, nothing is taken over
   * @returns null when nothing was taken over for that reason
   */
  async reload(surroundingsToo: boolean, stillSo: () => Promise<boolean>): Promise<FlowReload | null> {
    const began = this.parts.clock.monotonic();
    try {
      this.surroundingsDue ||= surroundingsToo;
      const around = this.surroundingsDue ? await this.parts.source.surroundings() : this.asBefore();
      const next = around.mistakes.length === 0 ? around.surroundings : this.current;
      const files = await this.parts.source.flowFiles();
      const checked = await this.check(files, next);
      if (!(await stillSo())) return null;
      const before = new Map([...this.served].map(([file, { compiled }]) => [file, compiled.flow]));
      const chosen = chooseFlows(before, joinFlows(checked, before), pathsOf(files));
      const report = this.take(
        { ...chosen, mistakes: [...around.mistakes, ...chosen.mistakes] },
        next,
        textsOf(files),
        began,
      );
      this.surroundingsDue = around.mistakes.length > 0;
      return report;
    } catch (error) {
      if (!(await stillSo())) return null;
      return {
        ...this.report([], [], false, began),
        mistakes: [{ file: '', open: 'the files could not be read or kept', words: messageOf(error) }],
      };
    }
  }

  private asBefore(): { readonly surroundings: S; readonly mistakes: readonly Mistake[] } {
    return { surroundings: this.current, mistakes: [] };
  }

  private async readFirst(files: readonly FlowFile[]): Promise<FlowReload> {
    const began = this.parts.clock.monotonic();
    const checked = await this.check(files, this.current);
    const well = joinFlows(checked).mistakes.length === 0;
    const before = well ? new Map<string, Flow>() : this.lastGood(files);
    const chosen = chooseFlows(before, joinFlows(checked, before), pathsOf(files));
    if (chosen.flows.size === 0) throw refusal(chosen.mistakes);
    return this.take(chosen, this.current, textsOf(files), began);
  }

  /** By file: what calls began with last, where it is still right. Of two that share a name, who had it last has it. */
  private lastGood(files: readonly FlowFile[]): ReadonlyMap<string, Flow> {
    const used = files.flatMap((file) => {
      const kept = this.parts.versions.lastUsed(path.basename(file.path));
      return kept === null ? [] : [{ where: file.path, at: kept.at, text: kept.text }];
    });
    const found = new Map<string, Flow>();
    const taken = new Set<string>();
    for (const { where, text } of used.sort((a, b) => b.at - a.at)) {
      const flow = this.good(where, text);
      const names = flow === null ? [] : namesOf(flow).map(({ name }) => name);
      if (flow === null || names.some((name) => taken.has(name))) continue;
      for (const name of names) taken.add(name);
      found.set(where, flow);
    }
    return found;
  }

  /** One file after another, with room for calls in between, also between the halves of a long one. */
  private async check(files: readonly FlowFile[], { world }: S): Promise<readonly CheckedFlow[]> {
    const checked = new Map<string, Checked>();
    for (const file of files) {
      let known = this.checked.get(file.path);
      const text = file.unreadable === undefined ? file.text : null;
      if (text === null || known?.text !== text || known.world !== world) {
        await this.pause();
        const parsed = parseFlowFile(file);
        await this.pause();
        known = { text, world, result: checkParsed(parsed, world) };
      }
      checked.set(file.path, known);
    }
    this.checked = checked;
    return [...checked.values()].map(({ result }) => result);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => this.parts.clock.after(0, resolve));
  }

  /** Null when it has mistakes. */
  private good(file: string, text: string): Flow | null {
    const { parsed, mistakes } = checkFlowFile({ path: file, text }, this.current.world);
    return mistakes.length === 0 ? parsed.flow : null;
  }

  /** Keeps what is new, then lets new calls begin with it. What cannot be kept is not used. */
  private take(chosen: FlowChoice, next: S, texts: ReadonlyMap<string, string>, began: number): FlowReload {
    const served = new Map<string, ServedFlow<S>>();
    const taken: NamedVersion[] = [];
    for (const [file, flow] of chosen.flows) {
      const old = this.served.get(file);
      if (old?.compiled.flow === flow) served.set(file, old);
      else {
        this.keep(flow, texts);
        if (old?.compiled.flow.version !== flow.version) taken.push(named(flow));
        served.set(file, { compiled: compileFlow(flow), surroundings: next });
      }
    }
    const ids = new Set([...served.values()].map(({ compiled }) => compiled.flow.id));
    const gone = [...this.served.values()]
      .map(({ compiled }) => named(compiled.flow))
      .filter(({ flow }) => !ids.has(flow));
    const changed = next !== this.current;
    this.served = served;
    this.byDid = new Map([...served.values()].flatMap((each) => each.compiled.flow.dids.map((did) => [did, each])));
    this.current = next;
    this.earlier.clear();
    const told = { mistakes: chosen.mistakes.map(forReload), warnings: chosen.warnings.map(forReload) };
    return { ...this.report(taken, gone, changed, began), ...told };
  }

  /** A version is kept when it comes into use, not each time that something around it changes. */
  private keep({ id, version, file: where }: Flow, texts: ReadonlyMap<string, string>): void {
    const file = path.basename(where);
    const text = texts.get(version);
    if (text === undefined || this.parts.versions.lastUsed(file)?.version === version) return;
    this.parts.versions.add({ flow: id, version, file, at: this.parts.clock.now(), how: 'used', text });
  }

  private report(
    taken: readonly NamedVersion[],
    gone: readonly NamedVersion[],
    surroundings: boolean,
    began: number,
  ): FlowReload {
    const { clock } = this.parts;
    const inUse = [...this.served.values()].map(({ compiled }) => named(compiled.flow));
    const ms = Math.round(clock.monotonic() - began);
    return { at: clock.now(), ms, inUse, taken, gone, surroundings, mistakes: [], warnings: [] };
  }
}

/** A file that was not changed since need not be checked again. */
interface Checked {
  /** Null when it could not be read. */
  readonly text: string | null;
  readonly world: FlowWorld;
  readonly result: CheckedFlow;
}

function pathsOf(files: readonly FlowFile[]): readonly string[] {
  return files.map((file) => file.path);
}

/** By version. */
function textsOf(files: readonly FlowFile[]): ReadonlyMap<string, string> {
  return new Map(files.map(({ text }) => [versionOf(text), text]));
}

function named({ id, version, file }: Flow): NamedVersion {
  return { flow: id, version, file };
}
