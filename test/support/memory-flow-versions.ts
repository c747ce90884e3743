import type { FlowVersion, FlowVersions } from '../../src/ports/flow-versions';

/** Versions kept in memory, and a disk that may be full. */
export class MemoryFlowVersions implements FlowVersions {
  readonly kept: FlowVersion[] = [];
  full: Error | null = null;

  add(version: FlowVersion): void {
    if (this.full !== null) throw this.full;
    this.kept.unshift(version);
  }

  of(flow: string): readonly FlowVersion[] {
    return this.kept.filter((each) => each.flow === flow);
  }

  find(version: string): FlowVersion | null {
    return this.kept.find((each) => each.version === version) ?? null;
  }

  lastUsed(file: string): FlowVersion | null {
    return this.kept.find((each) => each.file === file && each.how === 'used') ?? null;
  }
}
