import type { ConnectorDescription } from '../../connector/describe';
import type { Prompts } from '../../ports/prompts';

/** What is there for flows to use: all that a flow is checked against. Data and pure look-ups; reading it from disk is others' work. */
export interface FlowWorld {
  /** By id. Connectors that have mistakes of their own are in `brokenConnectors` instead. */
  readonly connectors: ReadonlyMap<string, ConnectorDescription>;
  /** They exist, but cannot be looked into: nothing more is said about them here. */
  readonly brokenConnectors: ReadonlySet<string>;
  readonly prompts: Pick<Prompts, 'languages' | 'gaps' | 'unfilled' | 'speaksCurrency'>;
  readonly targets: TargetWorld;
}

interface TargetWorld {
  /** Ids and patterns, for messages. */
  readonly names: readonly string[];
  has(id: string): boolean;
  /** SIP address of the target, or null when it has none. */
  addressOf(id: string): string | null;
}
