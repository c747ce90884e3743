import type { Call } from './call';
import type { Value } from './connectors';

/** A session that waited for its caller: what it tells of the order. */
export interface LinkedSession {
  readonly id: string;
  readonly values: Readonly<Record<string, Value>>;
}

export interface AssistRequest {
  readonly call: Call;
  /** The session that the call was linked to, or null. */
  readonly session: string | null;
  /** Id of the target, and its endpoint, from configuration. */
  readonly target: string;
  readonly endpoint: string;
  readonly ringMs: number;
  /** Played while the agent rings; may be empty. */
  readonly media: readonly string[];
  readonly words: string;
  /** What the flow knows of the order. */
  readonly values: Readonly<Record<string, Value>>;
}

export interface SendLinkRequest {
  readonly call: string;
  readonly session: string | null;
  /** Telephone number, checked against its grammar. */
  readonly to: string;
  readonly validMs: number;
  /** The connector that sends the SMS; null: the configured one. */
  readonly connector: string | null;
  /** What the flow knows of the order: at least `amount`, `currency` and `order_id`. */
  readonly values: Readonly<Record<string, Value>>;
}

/**
 * Payments that are more than one call: a session waits for its caller, an agent takes a payment with the caller, a link leads
 * to a payment page. Each rejects with the `signal`'s reason when aborted.
 */
export interface Sessions {
  /** Joins a call to the session that waits under this link id; null when none does. A session is joined once. */
  link(call: string, linkId: string, signal: AbortSignal): Promise<LinkedSession | null>;
  /** Rings the agent, joins them with the caller, and hands the panel control. Resolves when the agent has left the caller to us. */
  assist(request: AssistRequest, signal: AbortSignal): Promise<'finished' | 'no-answer'>;
  /** Starts a digital session and sends its link. */
  sendLink(request: SendLinkRequest, signal: AbortSignal): Promise<'ok' | 'error'>;
}
