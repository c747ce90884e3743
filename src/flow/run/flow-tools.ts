import type { Call } from '../../ports/call';
import type { RecordCallEvent } from '../../ports/call-events';
import type { CardVault } from '../../ports/card-vault';
import type { Clock } from '../../ports/clock';
import type { Connectors } from '../../ports/connectors';
import type { IdMaker } from '../../ports/id-maker';
import type { Logger } from '../../ports/logger';
import type { Payments } from '../../ports/payments';
import type { Prompts } from '../../ports/prompts';
import type { ReturnTargets } from '../../ports/return-targets';
import type { Sessions } from '../../ports/sessions';
import type { Flow } from '../ast';
import type { Evaluate } from '../expression/template';

/** What running a flow needs of the rest of the engine; one set serves every call. */
export interface FlowTools {
  readonly connectors: Connectors;
  readonly payments: Payments;
  readonly sessions: Sessions;
  readonly vault: CardVault;
  readonly prompts: Prompts;
  readonly targets: ReturnTargets;
  readonly clock: Clock;
  readonly ids: IdMaker;
  readonly record: RecordCallEvent;
  readonly logger: Logger;
}

/** One run: what its effects share. */
export interface Run {
  readonly flow: Flow;
  readonly evaluate: Evaluate;
  readonly call: Call;
  readonly tools: FlowTools;
  /** The attempt that a restored snapshot brought: it is asked about, and never made again. */
  readonly restoredAttempt: string | null;
  /** Taken over from an engine that died, to bring the caller back. */
  readonly interrupted: boolean;
  /** A payment is under way: the caller's slots are its to wipe. */
  paying: boolean;
}
