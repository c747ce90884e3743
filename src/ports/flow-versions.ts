/** A version of a flow, and how it came to be kept. */
export interface FlowVersion {
  /** Id of the flow. */
  readonly flow: string;
  /** SHA-256 of the text, hex: what calls, snapshots and log lines carry. */
  readonly version: string;
  /** Name of its file in the flows folder, without the folder. */
  readonly file: string;
  /** Wall clock, ms since the epoch. */
  readonly at: number;
  /** `used`: calls began with it from then on. `replaced`: it lay in the folder when a rollback put another there. */
  readonly how: 'used' | 'replaced';
  readonly text: string;
}

/** Every version of every flow that was in use, kept where it outlives the process. */
export interface FlowVersions {
  /** Durable when it returns. @throws HushtoneError `flow-not-kept` */
  add(version: FlowVersion): void;
  /** Newest first; a version that was used twice is there twice. */
  of(flow: string): readonly FlowVersion[];
  /** Any entry with this hash. */
  find(version: string): FlowVersion | null;
  /** What was last used of a file, by its name. */
  lastUsed(file: string): FlowVersion | null;
}
