/** A version of a flow in a file, as log and metrics name it. */
export interface NamedVersion {
  readonly flow: string;
  /** SHA-256, hex. */
  readonly version: string;
  readonly file: string;
}

/** A mistake with its place in words: `file:line:column: rule: message`. */
export interface ReloadMistake {
  readonly file: string;
  /** The same without anything that stands in the file, for whom nobody has asked for a password: `file:line:column: rule`. */
  readonly open: string;
  readonly words: string;
}

/** What became of definition files that had changed. */
export interface FlowReload {
  /** Wall clock, ms since the epoch. */
  readonly at: number;
  readonly ms: number;
  /** What new calls begin with, all of it. */
  readonly inUse: readonly NamedVersion[];
  /** Of these, what is new. */
  readonly taken: readonly NamedVersion[];
  /** What no call begins with any more, and nothing came in its place. */
  readonly gone: readonly NamedVersion[];
  /** Whether connectors, targets, accounts, secrets or recordings were read anew and are used. */
  readonly surroundings: boolean;
  /** Each stands for something that was changed and is not used. */
  readonly mistakes: readonly ReloadMistake[];
  /** What is used, but will not do what it says. */
  readonly warnings: readonly ReloadMistake[];
}
