/** A flow as it is kept while it runs: plain JSON without card data, and the version of the flow that it is of. */
export interface KeptFlow {
  readonly version: string;
  readonly snapshot: unknown;
}

/** What another process needs to take a call over: how it stands at the switch, and in its flow. It holds no card data. */
export interface KeptCall {
  /** The caller's channel. */
  readonly channel: string;
  readonly id: string;
  readonly caller: string;
  readonly did: string;
  /** True once the caller has been answered. */
  readonly answered: boolean;
  /** In which the caller sits, or will once somebody is to join them. */
  readonly bridge: string;
  /** The leg to a return target, ringing or answered. */
  readonly leg: string | null;
  /** True once caller and leg are in the bridge together. */
  readonly joined: boolean;
  /** True while the other side is being asked, by REFER, to take the caller over: the caller is in no bridge then. */
  readonly releasing: boolean;
  /** What was played last to the caller; it may be over. */
  readonly playback: string | null;
  /** Null before the flow's first state. */
  readonly flow: KeptFlow | null;
}

/** The calls in progress, kept where they outlive the process. */
export interface KeptCalls {
  /** Keeps a call as it now stands, in place of how it stood. Returns at once and never throws: no call waits for it, or ends with it. */
  keep(call: KeptCall): void;
  /** The call is over. As `keep`. */
  forget(channel: string): void;
  /** Every call that is kept. */
  all(): readonly KeptCall[];
}
