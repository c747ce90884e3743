import { createConnectors, type ConnectorsDependencies, type RunningConnectors } from './connector/run-connectors';
import type { ConnectorDescription } from './connector/describe';
import type { Surroundings } from './definitions';
import type { FlowTools } from './flow/run/flow-tools';
import { Holds } from './flow/run/reload/holds';
import type { LiveFlows, ServedFlow } from './flow/run/reload/live-flows';
import type { Clock } from './ports/clock';
import type { Connectors, ExchangeRequest, ExchangeResult } from './ports/connectors';

export interface ServingParts {
  readonly flows: LiveFlows<Surroundings>;
  readonly clock: Clock;
  /** What every connector runs with, whichever definitions it is of. */
  readonly connecting: Omit<ConnectorsDependencies, 'connectors' | 'secrets' | 'clock'>;
}

/**
 * Lets each call run with the definitions that its flow was checked against, to the call's end and its payment's: whatever asks
 * for an exchange in the name of a call gets that call's connectors and secrets. What belongs to no call gets the latest.
 */
export class Serving implements Connectors {
  private readonly running = new Map<Surroundings, RunningConnectors>();
  private readonly holds: Holds<Surroundings>;

  constructor(private readonly parts: ServingParts) {
    this.holds = new Holds(parts.clock);
  }

  exchange(request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResult> {
    const definitions = this.holds.of(request.owner) ?? this.having(request.connector);
    return this.connectorsOf(definitions).exchange(request, signal);
  }

  /** What is known of a connector. */
  get(connector: string): ConnectorDescription | undefined {
    return this.having(connector).descriptions.get(connector);
  }

  /** What a call needs that begins with this flow. */
  toolsFor({ surroundings: { prompts, targets } }: ServedFlow<Surroundings>, common: CommonTools): FlowTools {
    return { ...common, connectors: this, prompts, targets };
  }

  /** @returns what to call when the call is over */
  hold(call: string, { surroundings }: ServedFlow<Surroundings>): () => void {
    return this.holds.hold(call, surroundings);
  }

  /** Ends the connections of definitions that nobody needs any more. */
  async tidy(): Promise<void> {
    this.holds.tidy();
    const needed = new Set([...this.holds.held, ...this.parts.flows.inUse]);
    const spare = [...this.running].filter(([definitions]) => !needed.has(definitions));
    for (const [definitions] of spare) this.running.delete(definitions);
    await Promise.all(spare.map(([, connectors]) => connectors.close()));
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.running.values()].map((connectors) => connectors.close()));
  }

  /** The latest definitions, unless the connector is not in them any more and a payment of an earlier call is still looked up. */
  private having(connector: string): Surroundings {
    const { latest } = this.parts.flows;
    if (latest.connectors.has(connector)) return latest;
    return [...this.running.keys()].find(({ connectors }) => connectors.has(connector)) ?? latest;
  }

  private connectorsOf(definitions: Surroundings): RunningConnectors {
    const known = this.running.get(definitions);
    if (known !== undefined) return known;
    const { connectors, secrets } = definitions;
    const made = createConnectors({ ...this.parts.connecting, connectors, secrets, clock: this.parts.clock });
    this.running.set(definitions, made);
    return made;
  }
}

/** What is the same for every call. */
export type CommonTools = Omit<FlowTools, 'connectors' | 'prompts' | 'targets'>;
