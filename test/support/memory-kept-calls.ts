import type { KeptCall, KeptCalls } from '../../src/ports/kept-calls';

/** Calls kept in memory, as JSON like on disk; hand one to the next engine of a test. */
export class MemoryKeptCalls implements KeptCalls {
  private readonly calls = new Map<string, string>();

  keep(call: KeptCall): void {
    this.calls.set(call.channel, JSON.stringify(call));
  }

  forget(channel: string): void {
    this.calls.delete(channel);
  }

  all(): readonly KeptCall[] {
    return [...this.calls.values()].map((text) => JSON.parse(text) as KeptCall);
  }
}
